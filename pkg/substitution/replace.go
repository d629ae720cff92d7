package substitution

import (
	"errors"
	"strings"
)

// MaxSize is how many bytes of new text one Replacer makes, 16 MiB. A run that needs more could not be stored anyway;
// without a limit a few short values that name each other many times would fill the memory.
const MaxSize = 16 << 20

// ErrTooLarge says that the values put in place of references would have been larger than MaxSize together.
var ErrTooLarge = errors.New("replacing variables makes the text larger than 16 MiB")

// Values holds what references stand for. Keys are what stands between $( and ), for instance params.name. Keys that
// contain a closing parenthesis are never found.
type Values struct {
	Strings map[string]string
	// Arrays also holds what references to elements stand for: of the list with key params.name, the text of
	// params.name[0] is its first element, unless Strings has that key.
	Arrays  map[string][]string
	Objects map[string]map[string]string
}

// Forms returns the ways in which a name can be written after a prefix: prefix.name, prefix['name'], prefix["name"].
func Forms(prefix, name string) [3]string {
	return [3]string{prefix + "." + name, prefix + "['" + name + "']", prefix + `["` + name + `"]`}
}

// SetString adds a key that stands for a text, in place of an earlier one.
func (v *Values) SetString(key, value string) {
	if v.Strings == nil {
		v.Strings = make(map[string]string)
	}
	v.Strings[key] = value
}

// SetArray adds a key that stands for a list, in place of an earlier one.
func (v *Values) SetArray(key string, value []string) {
	if v.Arrays == nil {
		v.Arrays = make(map[string][]string)
	}
	v.Arrays[key] = value
}

// SetObject adds a key that stands for a map, in place of an earlier one.
func (v *Values) SetObject(key string, value map[string]string) {
	if v.Objects == nil {
		v.Objects = make(map[string]map[string]string)
	}
	v.Objects[key] = value
}

// Merge adds all keys of other, in place of earlier ones.
func (v *Values) Merge(other Values) {
	for key, value := range other.Strings {
		v.SetString(key, value)
	}
	for key, value := range other.Arrays {
		v.SetArray(key, value)
	}
	for key, value := range other.Objects {
		v.SetObject(key, value)
	}
}

// Empty reports whether there are no keys.
func (v Values) Empty() bool { return len(v.Strings) == 0 && len(v.Arrays) == 0 && len(v.Objects) == 0 }

// Replacer puts values in place of references. References without value stay as they are, and there is no way to
// escape one. Values are not looked at again: a value that contains a reference keeps it.
//
// A Replacer must not be used by several goroutines at a time.
type Replacer struct {
	values Values
	// stringKeys and arrayKeys hold the lengths of the keys of values.Strings and values.Arrays. Only texts of such a length
	// are looked up, so that a text with many $( before one ) costs no more than any other.
	stringKeys, arrayKeys map[int]struct{}
	made                  int
	err                   error
}

// NewReplacer returns a Replacer for values, which must not be changed while it is used.
func NewReplacer(values Values) *Replacer {
	return &Replacer{values: values, stringKeys: lengths(values.Strings), arrayKeys: lengths(values.Arrays)}
}

func lengths[V any](values map[string]V) map[int]struct{} {
	found := make(map[int]struct{})
	for key := range values {
		found[len(key)] = struct{}{}
	}
	return found
}

// Err returns ErrTooLarge if a text was returned unchanged for that reason, else nil.
func (r *Replacer) Err() error { return r.err }

// String returns text with all references to strings replaced in one pass. It returns text itself, and allocates
// nothing, if there are none.
func (r *Replacer) String(text string) string {
	if len(r.values.Strings) == 0 && len(r.values.Arrays) == 0 {
		return text
	}
	var b strings.Builder
	written := 0
	for at, end := 0, 0; ; {
		i := strings.Index(text[at:], "$(")
		if i < 0 {
			break
		}
		start := at + i
		at = start + len("$(")
		// end is the first closing parenthesis after an earlier $(; it is searched again only after it was passed.
		if end < at {
			n := strings.IndexByte(text[at:], ')')
			if n < 0 {
				break
			}
			end = at + n
		}
		value, ok := r.lookUp(text[at:end])
		if !ok {
			continue
		}
		if !r.fits(b.Len() + start - written + len(value)) {
			return text
		}
		b.WriteString(text[written:start])
		b.WriteString(value)
		at = end + 1
		written = at
	}
	if written == 0 {
		return text
	}
	if !r.fits(b.Len() + len(text) - written) {
		return text
	}
	b.WriteString(text[written:])
	r.made += b.Len()
	return b.String()
}

func (r *Replacer) lookUp(key string) (string, bool) {
	if _, ok := r.stringKeys[len(key)]; ok {
		if value, ok := r.values.Strings[key]; ok {
			return value, true
		}
	}
	base, index, ok := splitIndex(key)
	if !ok {
		return "", false
	}
	if _, ok := r.arrayKeys[len(base)]; !ok {
		return "", false
	}
	list := r.values.Arrays[base]
	if index >= len(list) {
		return "", false
	}
	return list[index], true
}

// splitIndex splits base[12] into its parts. A number with more digits than it needs is none.
func splitIndex(key string) (base string, index int, ok bool) {
	const maxDigits = 9
	end := len(key) - 1
	if end < 0 || key[end] != ']' {
		return "", 0, false
	}
	start := end
	for start > 0 && end-start <= maxDigits && '0' <= key[start-1] && key[start-1] <= '9' {
		start--
	}
	digits := key[start:end]
	if digits == "" || len(digits) > maxDigits || len(digits) > 1 && digits[0] == '0' || start == 0 || key[start-1] != '[' {
		return "", 0, false
	}
	return key[:start-1], toIndex(digits), true
}

// fits reports whether so many more bytes may be made.
func (r *Replacer) fits(more int) bool {
	if r.made+more <= MaxSize {
		return true
	}
	r.err = ErrTooLarge
	return false
}

// Array returns the list that text stands for, if the entire text is a reference to one. It is shared with the values:
// the caller must not change it.
func (r *Replacer) Array(text string) ([]string, bool) {
	key, ok := wholeKey(text)
	if !ok {
		return nil, false
	}
	list, ok := r.values.Arrays[key]
	if !ok {
		return nil, false
	}
	size := 0
	for _, element := range list {
		size += header + len(element)
	}
	return list, r.take(size)
}

// Object returns the map that text stands for, if the entire text is a reference to one. It is shared with the values:
// the caller must not change it.
func (r *Replacer) Object(text string) (map[string]string, bool) {
	key, ok := wholeKey(text)
	if !ok {
		return nil, false
	}
	object, ok := r.values.Objects[key]
	if !ok {
		return nil, false
	}
	size := 0
	for member, value := range object {
		size += 2*header + len(member) + len(value)
	}
	return object, r.take(size)
}

// header is what a string takes beside its bytes.
const header = 16

// take counts so many bytes against the limit if they fit.
func (r *Replacer) take(size int) bool {
	if !r.fits(size) {
		return false
	}
	r.made += size
	return true
}

// List returns list with each element that is entirely a reference to a list replaced by that list's elements, possibly
// none, and the references to strings in all other elements replaced. It returns list itself if nothing changes, and
// never changes it.
func (r *Replacer) List(list []string) []string {
	return r.ListIf(list, nil)
}

// ListIf is List with only those elements replaced by a list for which expand holds; nil stands for all.
func (r *Replacer) ListIf(list []string, expand func(element string) bool) []string {
	out := list
	changed := false
	for i, element := range list {
		elements, text, isArray := r.element(element, expand)
		if !changed && (isArray || text != element) {
			changed = true
			out = append(make([]string, 0, len(list)+len(elements)), list[:i]...)
		}
		switch {
		case !changed:
		case isArray:
			out = append(out, elements...)
		default:
			out = append(out, text)
		}
	}
	return out
}

// element returns what an element of a list stands for.
func (r *Replacer) element(element string, expand func(string) bool) (elements []string, text string, isArray bool) {
	if expand == nil || expand(element) {
		if elements, ok := r.Array(element); ok {
			return elements, "", true
		}
	}
	return nil, r.String(element), false
}

// wholeKey returns what stands between $( and ) if that is the entire text.
func wholeKey(text string) (string, bool) {
	inner, ok := strings.CutPrefix(text, "$(")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(inner, ")")
}
