package termination

import (
	"encoding/base64"
	"errors"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEncodeSortsAndKeysByTypeAndName(t *testing.T) {
	t.Parallel()
	got, err := Encode([]Entry{
		{Key: "b", Value: "old", Type: TaskResult},
		{Key: "b", Value: "step's", Type: StepResult},
		{Key: "a", Value: "<x>&", Type: TaskResult},
		{Key: "b", Value: "new", Type: TaskResult},
	}, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"key":"a","value":"<x>&","type":1},{"key":"b","value":"new","type":1},{"key":"b","value":"step's","type":4}]`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	entries := []Entry{
		{Key: "a", Value: strings.Repeat("line\n", 400), Type: TaskResult},
		{Key: "artifacts", Value: `{"outputs":[]}`, Type: StepArtifacts},
		{Key: "artifacts", Value: `{}`, Type: TaskArtifacts},
		{Key: "b", Value: "ü \u2028 \"quoted\"", Type: StepResult},
	}
	for name, compressed := range map[string]bool{"plain": false, "compressed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := Encode(entries, EncodeOptions{Compress: compressed})
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(text, "tknz:") != compressed {
				t.Errorf("message begins %.10q, compressed is %v", text, compressed)
			}
			got, err := Decode(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(entries, got); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompressionIsUsedOnlyWhenShorter(t *testing.T) {
	t.Parallel()
	text, err := Encode([]Entry{{Key: "a", Value: "x", Type: TaskResult}}, EncodeOptions{Compress: true})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text, "[") {
		t.Errorf("short message was compressed to %q", text)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		message string
		want    []Entry
		bad     bool
	}{
		"empty":          {message: ""},
		"white space":    {message: " \n"},
		"old type names": {message: `[{"key":"a","value":"1","type":"TaskRunResult"},{"key":"z","value":"","type":"Other"}]`, want: []Entry{{"a", "1", TaskResult}, {"z", "", 0}}},
		"cut":            {message: `[{"key":"a","value":"1","ty`, bad: true},
		"text":           {message: "OOM", bad: true},
		"no base64":      {message: "tknz:!!", bad: true},
		"padded base64":  {message: "tknz:AAA=", bad: true},
		"no DEFLATE":     {message: "tknz:" + base64.RawStdEncoding.EncodeToString([]byte("hello")), bad: true},
		"bomb":           {message: compress(strings.Repeat(" ", maxExpanded+1)), bad: true},
		"bad type":       {message: `[{"key":"a","value":"1","type":{}}]`, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Decode(tc.message)
			if errors.Is(err, ErrUnreadable) != tc.bad {
				t.Fatalf("error %v, want unreadable: %v", err, tc.bad)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPublic(t *testing.T) {
	t.Parallel()
	code := 3
	internal := Bookkeeping{StartedAt: time.Unix(0, 0), ExitCode: &code, Reason: Continued}.Entries()
	for name, tc := range map[string]struct {
		entries []Entry
		want    string
	}{
		"nothing":       {},
		"internal only": {entries: internal},
		"both": {
			entries: append(internal, Entry{"z", "1", TaskResult}, Entry{"StartedAt", "mine", StepResult}),
			want:    `[{"key":"StartedAt","value":"mine","type":4},{"key":"z","value":"1","type":1}]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Public(tc.entries)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("public form (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	entries := []Entry{
		{Key: "small", Value: "x", Type: TaskResult},
		{Key: "big", Value: strings.Repeat("x", 5000), Type: StepResult},
	}
	_, err := Encode(entries, EncodeOptions{Limit: 4096})
	var o *Overflow
	if !errors.As(err, &o) {
		t.Fatalf("error %v, want an overflow", err)
	}
	want := &Overflow{Type: StepResult, Name: "big", Bytes: 5000, Message: 5072, Limit: 4096}
	if diff := cmp.Diff(want, o); diff != "" {
		t.Errorf("overflow (-want +got):\n%s", diff)
	}
	if o.Excess() != 976 {
		t.Errorf("excess %d, want 976", o.Excess())
	}
	if got, want := o.Error(), `step result "big" of 5000 bytes makes the termination message 5072 bytes, limit 4096`; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if _, err := Encode(entries, EncodeOptions{Limit: 4096, Compress: true}); err != nil {
		t.Errorf("the limit is for the compressed form: %v", err)
	}
	if _, err := Encode(entries, EncodeOptions{Limit: 5072}); err != nil {
		t.Errorf("a message of exactly the limit fits: %v", err)
	}
}

func TestStartTimeIsSmall(t *testing.T) {
	t.Parallel()
	text, err := Encode(Bookkeeping{StartedAt: time.Now()}.Entries(), EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 65 {
		t.Errorf("%s has %d bytes, want at most 65", text, len(text))
	}
}

func TestBookkeepingRoundTrip(t *testing.T) {
	t.Parallel()
	code := -1
	want := Bookkeeping{
		StartedAt: time.Date(2026, 2, 3, 4, 5, 6, 789e6, time.UTC),
		ExitCode:  &code,
		Reason:    Continued,
		Overflow:  &Overflow{Type: TaskResult, Name: "a b", Bytes: 1, Message: 2, Limit: 3},
	}
	result := Entry{Key: "r", Value: "v", Type: TaskResult}
	message, err := Encode(append(want.Entries(), result, Entry{Key: "New", Type: Internal}), EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := Decode(message)
	if err != nil {
		t.Fatal(err)
	}
	rest, got, err := Split(entries)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bookkeeping (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Entry{result}, rest); diff != "" {
		t.Errorf("rest (-want +got):\n%s", diff)
	}
}

func TestSplitRefusesBadBookkeeping(t *testing.T) {
	t.Parallel()
	for _, e := range []Entry{
		{Key: "StartedAt", Value: "yesterday", Type: Internal},
		{Key: "ExitCode", Value: "x", Type: Internal},
		{Key: "Overflow", Value: "1 2", Type: Internal},
		{Key: "Overflow", Value: "1 2 3 x y", Type: Internal},
	} {
		if _, _, err := Split([]Entry{e}); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%v: error %v, want unreadable", e, err)
		}
	}
}

func TestLongNamesAreCutInOverflow(t *testing.T) {
	t.Parallel()
	o := &Overflow{Type: TaskResult, Name: strings.Repeat("ü", 100)}
	got, err := decodeOverflow(o.encode())
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != strings.Repeat("ü", 31) {
		t.Errorf("name %q", got.Name)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`[{"key":"a","value":"b","type":1}]`)
	f.Add(compress(`[{"key":"a","value":"b","type":"TaskRunResult"}]`))
	f.Add("tknz:")
	f.Fuzz(func(t *testing.T, message string) {
		entries, err := Decode(message)
		if err != nil {
			return
		}
		text, err := Encode(entries, EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(text)
		if err != nil {
			t.Fatalf("decoding what was encoded: %v", err)
		}
		if diff := cmp.Diff(entries, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestRandomValuesSurvive(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewSource(1))
	for range 200 {
		runes := make([]rune, rnd.Intn(300))
		for i := range runes {
			runes[i] = rune(rnd.Intn(0xD7FF))
		}
		want := []Entry{{Key: "k", Value: string(runes), Type: TaskResult}}
		text, err := Encode(want, EncodeOptions{Compress: rnd.Intn(2) == 0})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}
