package kubelet

import "strings"

// expand replaces $(NAME) as Kubernetes does in commands, arguments and values of variables: lookup tells what stands for a name, and
// what it does not know is left as it is. $$ is a dollar sign, which keeps $$(NAME) from being replaced; any other dollar sign is
// itself.
func expand(text string, lookup func(name string) (string, bool)) string {
	if !strings.Contains(text, "$") {
		return text
	}
	var out strings.Builder
	for {
		at := strings.IndexByte(text, '$')
		if at < 0 || at == len(text)-1 {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:at])
		switch text = text[at+1:]; text[0] {
		case '$':
			out.WriteByte('$')
			text = text[1:]
		case '(':
			end := strings.IndexByte(text, ')')
			if end < 0 {
				out.WriteString("$(")
				text = text[1:]
				break
			}
			if value, ok := lookup(text[1:end]); ok {
				out.WriteString(value)
			} else {
				out.WriteString("$" + text[:end+1])
			}
			text = text[end+1:]
		default:
			// What follows a dollar sign that means nothing is not looked at again.
			out.WriteString("$" + text[:1])
			text = text[1:]
		}
	}
}

func expandAll(words []string, lookup func(name string) (string, bool)) []string {
	var out []string
	for _, word := range words {
		out = append(out, expand(word, lookup))
	}
	return out
}
