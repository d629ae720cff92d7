package v1

import "testing"

func TestTaskDefaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ given, defaults, want string }{
		"D-41 D-01": {
			given: "spec: {steps: [{image: i, ref: {}}, {image: i, ref: {name: n}}]}", defaults: "default-resolver-type: git",
			want: "spec: {steps: [{image: i, ref: {resolver: git}}, {image: i, ref: {name: n}}]}",
		},
		"D-41 D-10 D-11 D-12 D-13": {
			given: "spec: {params: [{name: a}, {name: b, default: [x]}, {name: c, properties: {k: {}}}]}",
			want:  "spec: {params: [{name: a, type: string}, {name: b, type: array, default: [x]}, {name: c, type: object, properties: {k: {type: string}}}]}",
		},
		"D-41 D-14": {
			given: "spec: {results: [{name: r}, {name: o, properties: {k: {}}}, {name: l, type: array}]}",
			want:  "spec: {results: [{name: r, type: string}, {name: o, type: object, properties: {k: {type: string}}}, {name: l, type: array}]}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkDefaults(t, tc.defaults, decode[Task](t, tc.given), decode[Task](t, tc.want))
		})
	}
}
