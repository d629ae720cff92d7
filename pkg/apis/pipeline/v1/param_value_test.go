package v1_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func TestParamValueJSON(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, text string
		want       *v1.ParamValue
		written    string // if not text
	}{
		{name: "string", text: `"a"`, want: v1.NewString("a")},
		{name: "empty string", text: `""`, want: v1.NewString("")},
		{name: "string that looks like an array", text: `"[1]"`, want: v1.NewString("[1]")},
		{name: "array", text: `["a","b"]`, want: v1.NewArray("a", "b")},
		{name: "empty array", text: `[]`, want: v1.NewArray()},
		{name: "null in an array", text: `["a",null]`, want: v1.NewArray("a", ""), written: `["a",""]`},
		{name: "object", text: `{"a":"b"}`, want: v1.NewObject(map[string]string{"a": "b"})},
		{name: "empty object", text: `{}`, want: v1.NewObject(nil)},
		{name: "null in an object", text: `{"a":null}`, want: v1.NewObject(map[string]string{"a": ""}), written: `{"a":""}`},
		{name: "integer", text: `5`, want: v1.NewString("5"), written: `"5"`},
		{name: "large integer", text: `12345678901234567890`, want: v1.NewString("12345678901234567890"), written: `"12345678901234567890"`},
		{name: "fraction", text: `1.50`, want: v1.NewString("1.50"), written: `"1.50"`},
		{name: "boolean", text: `true`, want: v1.NewString("true"), written: `"true"`},
		{name: "array of numbers", text: `[1,2]`, want: v1.NewString("[1,2]"), written: `"[1,2]"`},
		{name: "mixed array", text: `["a",1]`, want: v1.NewString(`["a",1]`), written: `"[\"a\",1]"`},
		{name: "nested array", text: `[["a"]]`, want: v1.NewString(`[["a"]]`), written: `"[[\"a\"]]"`},
		{name: "nested object", text: `{"a":{"b":"c"}}`, want: v1.NewString(`{"a":{"b":"c"}}`), written: `"{\"a\":{\"b\":\"c\"}}"`},
		{name: "object with a boolean", text: `{"a":false}`, want: v1.NewString(`{"a":false}`), written: `"{\"a\":false}"`},
		{name: "null", text: `null`, want: v1.NewString(""), written: `""`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var param v1.Param
			if err := json.Unmarshal([]byte(`{"name":"p","value":`+tc.text+`}`), &param); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, &param.Value, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
			written, err := json.Marshal(param.Value)
			if err != nil {
				t.Fatal(err)
			}
			want := tc.written
			if want == "" {
				want = tc.text
			}
			if diff := cmp.Diff(want, string(written)); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParamValueAbsent(t *testing.T) {
	t.Parallel()
	var spec v1.ParamSpec
	if err := json.Unmarshal([]byte(`{"name":"p","default":null}`), &spec); err != nil || spec.Default != nil {
		t.Errorf("got default %v, error %v; want neither", spec.Default, err)
	}
	var param v1.Param
	if err := json.Unmarshal([]byte(`{"name":"p"}`), &param); err != nil {
		t.Fatal(err)
	}
	_, err := json.Marshal(param)
	if err == nil || !strings.HasSuffix(err.Error(), `impossible ParamValues.Type: ""`) {
		t.Errorf("got error %v for a param without value", err)
	}
}

// FuzzParamValue reads any JSON value and expects that nothing of it is lost: what is not a string, a list or a map of
// strings is kept as the text of its JSON.
func FuzzParamValue(f *testing.F) {
	for _, seed := range []string{`"a"`, `[]`, `["a",null]`, `{"a":"b","a":"c"}`, `1e400`, `[1,"a"]`, ` {"a": [1]} `, `"\ud800"`, `nul`, `[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var value v1.ParamValue
		if err := json.Unmarshal(text, &value); err != nil {
			if json.Valid(text) {
				t.Fatalf("reading %q: %v", text, err)
			}
			return
		}
		written, err := json.Marshal(value)
		if err != nil {
			t.Fatalf("writing %q: %v", text, err)
		}
		var again v1.ParamValue
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("reading %q again: %v", written, err)
		}
		if diff := cmp.Diff(value, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q changes when written and read (-once +twice):\n%s", text, diff)
		}
		first := bytes.TrimSpace(text)[0]
		if value.Type == v1.ParamTypeString && first != '"' && !bytes.Equal(bytes.TrimSpace(text), []byte("null")) &&
			value.StringVal != string(bytes.TrimSpace(text)) {
			t.Fatalf("%q is kept as %q", text, value.StringVal)
		}
	})
}
