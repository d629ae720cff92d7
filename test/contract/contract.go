package contract

import (
	"fmt"
	"regexp"
	"strings"
)

// Chapter is what can be cited of one chapter.
type Chapter struct {
	// sections are the numbers of its headings.
	sections map[string]bool
	// rows are the numbered rows of tables, by section.
	rows map[string]map[string]bool
	// rules are the rules that have a letter and a number.
	rules map[string]bool
}

var (
	heading = regexp.MustCompile(`^#{2,4} (?:Appendix )?([0-9]+(?:\.[0-9]+)*|[A-Z])[. ]`)
	row     = regexp.MustCompile(`^\| ([0-9]+) \|`)
	rule    = regexp.MustCompile(`\b([A-Z]{1,2}-[0-9]+[a-z]?)\b`)
	ruleRow = regexp.MustCompile(`^\| ([^|]*) \|`)
	span    = regexp.MustCompile(`\b([A-Z]{1,2})-([0-9]+)(?:…|\.\.\.?|–| to )(?:[A-Z]{1,2}-)?([0-9]+)\b`)
)

// ParseChapter reads the text of a chapter.
func ParseChapter(text string) Chapter {
	c := Chapter{sections: map[string]bool{}, rows: map[string]map[string]bool{}, rules: map[string]bool{}}
	section := ""
	for line := range strings.Lines(text) {
		if m := heading.FindStringSubmatch(line); m != nil {
			section = m[1]
			c.sections[section] = true
			c.rows[section] = map[string]bool{}
			continue
		}
		if m := row.FindStringSubmatch(line); m != nil {
			c.rows[section][m[1]] = true
		}
		if m := ruleRow.FindStringSubmatch(line); m != nil {
			c.addRules(m[1])
		}
	}
	return c
}

// addRules notes the rules that the first cell of a row names.
func (c Chapter) addRules(cell string) {
	for _, m := range span.FindAllStringSubmatch(cell, -1) {
		var from, to int
		fmt.Sscan(m[2], &from) //nolint:errcheck // digits by the expression
		fmt.Sscan(m[3], &to)   //nolint:errcheck // digits by the expression
		for i := from; i <= to; i++ {
			c.rules[fmt.Sprintf("%s-%02d", m[1], i)] = true
		}
	}
	for _, name := range rule.FindAllString(cell, -1) {
		c.rules[name] = true
	}
}

// Citation is one place that is cited.
type Citation struct {
	// Chapter is 1 to 4.
	Chapter string
	// Section is the number after §; empty if a rule or the chapter is cited.
	Section string
	// Row is the number after #; empty if the whole section is cited.
	Row string
	// Rule is a rule with a letter, such as V-30; Section and Row are empty then.
	Rule string
}

// String returns the citation as people write it.
func (c Citation) String() string {
	text := "contract " + c.Chapter
	if c.Section != "" {
		text += " §" + c.Section
	}
	if c.Row != "" {
		text += " #" + c.Row
	}
	if c.Rule != "" {
		text += " " + c.Rule
	}
	return text
}

var (
	// cited is a whole citation, which may go on with further sections, rows, rules and chapters.
	cited = regexp.MustCompile(`[Cc]ontract ([1-4])((?:(?:,? and |, ?| to |,? or | |–)(?:§[0-9]+(?:\.[0-9]+)*|#[0-9]+|[1-4] §[0-9]+(?:\.[0-9]+)*|[A-Z]{1,2}-[0-9]+[a-z]?))*)`)
	part  = regexp.MustCompile(`([1-4] )?§([0-9]+(?:\.[0-9]+)*)|#([0-9]+)|([A-Z]{1,2}-[0-9]+[a-z]?)`)
)

// FindCitations returns what a text cites, in order. The marks of comments at the start of lines are passed over, so that
// a citation may go over the end of a line.
func FindCitations(text string) []Citation {
	var found []Citation
	for _, m := range cited.FindAllStringSubmatch(joinComments(text), -1) {
		found = append(found, parts(m[1], m[2])...)
	}
	return found
}

func parts(chapter, rest string) []Citation {
	var found []Citation
	section := ""
	for _, m := range part.FindAllStringSubmatch(rest, -1) {
		if m[1] != "" {
			chapter = strings.TrimSpace(m[1])
		}
		switch {
		case m[2] != "":
			section = m[2]
			found = append(found, Citation{Chapter: chapter, Section: section})
		case m[3] != "":
			found = append(found, Citation{Chapter: chapter, Section: section, Row: m[3]})
		default:
			found = append(found, Citation{Chapter: chapter, Rule: m[4]})
		}
	}
	if len(found) == 0 {
		return []Citation{{Chapter: chapter}}
	}
	return found
}

var lineStart = regexp.MustCompile(`\n[ \t]*(?://|#)?[ \t]*`)

func joinComments(text string) string { return lineStart.ReplaceAllString(text, " ") }

// Check returns an error if nothing in the chapters is what the citation names.
func (c Citation) Check(chapters map[string]Chapter) error {
	chapter, ok := chapters[c.Chapter]
	switch {
	case !ok:
		return fmt.Errorf("%s: there is no chapter %s", c, c.Chapter)
	case c.Rule != "" && !chapter.rules[c.Rule]:
		return fmt.Errorf("%s: chapter %s has no rule %s", c, c.Chapter, c.Rule)
	case c.Section != "" && !chapter.sections[c.Section]:
		return fmt.Errorf("%s: chapter %s has no section %s", c, c.Chapter, c.Section)
	case c.Row != "" && !chapter.rows[c.Section][c.Row]:
		return fmt.Errorf("%s: section %s of chapter %s has no row %s", c, c.Section, c.Chapter, c.Row)
	}
	return nil
}
