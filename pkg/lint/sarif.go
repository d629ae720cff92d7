package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"

	"github.com/tenon-ci/tenon/pkg/manifest"
)

// information is where people find what Tenon is.
const information = "https://github.com/tenon-ci/tenon"

// What names the form of the report.
const (
	sarifVersion = "2.1.0"
	sarifSchema  = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json"
)

// The part of the standard that is used. A library for all of it brings a validator of schemas, which takes time at each start.
type (
	sarifReport struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string             `json:"id"`
		ShortDescription     sarifText          `json:"shortDescription"`
		HelpURI              string             `json:"helpUri"`
		DefaultConfiguration sarifConfiguration `json:"defaultConfiguration"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID string `json:"ruleId"`
		// RuleIndex is nil for rules that are not among those of the tool.
		RuleIndex *int            `json:"ruleIndex,omitempty"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysicalLocation `json:"physicalLocation"`
	}
	sarifPhysicalLocation struct {
		ArtifactLocation sarifArtifactLocation `json:"artifactLocation"`
		Region           sarifRegion           `json:"region"`
	}
	sarifArtifactLocation struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
	}
)

// WriteSARIF writes a report of version 2.1.0 for code scanning. version is that of the program.
func WriteSARIF(w io.Writer, problems []manifest.Problem, version string) error {
	driver := sarifDriver{Name: "tenon lint", Version: version, InformationURI: information}
	indexes := map[string]int{}
	for i, rule := range Rules() {
		indexes[rule.ID] = i
		driver.Rules = append(driver.Rules, sarifRule{
			ID: rule.ID, ShortDescription: sarifText{rule.Summary}, HelpURI: information + "/blob/main/docs/lint.md#" + rule.ID,
			DefaultConfiguration: sarifConfiguration{level(rule.Severity)},
		})
	}
	run := sarifRun{Tool: sarifTool{driver}, Results: make([]sarifResult, 0, len(problems))}
	for i := range problems {
		run.Results = append(run.Results, result(&problems[i], indexes))
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(sarifReport{Schema: sarifSchema, Version: sarifVersion, Runs: []sarifRun{run}}); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

func result(p *manifest.Problem, indexes map[string]int) sarifResult {
	text := p.Object + ": " + p.Message
	if p.Field != "" {
		text = p.Object + ": " + insertField(p.Message, p.Field)
	}
	r := sarifResult{
		RuleID: p.Rule, Level: level(p.Severity), Message: sarifText{text},
		Locations: []sarifLocation{{sarifPhysicalLocation{sarifArtifactLocation{uri(p.File)}, sarifRegion{p.Line, p.Column}}}},
	}
	if i, ok := indexes[p.Rule]; ok {
		r.RuleIndex = &i
	}
	return r
}

func level(severity manifest.Severity) string {
	if severity == manifest.Error {
		return "error"
	}
	return "warning"
}

func uri(file string) string {
	return (&url.URL{Path: filepath.ToSlash(filepath.Clean(file))}).String()
}
