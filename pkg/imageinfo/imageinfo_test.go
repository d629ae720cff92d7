package imageinfo_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
)

func TestCommand(t *testing.T) {
	t.Parallel()
	both := imageinfo.Platform{Name: "linux/amd64", Entrypoint: []string{"/app"}, Cmd: []string{"serve"}}
	cmdOnly := imageinfo.Platform{Name: "linux/amd64", Cmd: []string{"sh"}}
	other := imageinfo.Platform{Name: "windows/amd64", Entrypoint: []string{"app.exe"}}
	sameOnArm := imageinfo.Platform{Name: "linux/arm64", Entrypoint: []string{"/app"}, Cmd: []string{"serve"}}

	for name, tc := range map[string]struct {
		platforms []imageinfo.Platform
		hasArgs   bool
		want      []string
		same      bool
	}{
		"entrypoint and cmd":                   {platforms: []imageinfo.Platform{both}, want: []string{"/app", "serve"}, same: true},
		"arguments replace cmd":                {platforms: []imageinfo.Platform{both}, hasArgs: true, want: []string{"/app"}, same: true},
		"cmd alone":                            {platforms: []imageinfo.Platform{cmdOnly}, want: []string{"sh"}, same: true},
		"arguments are appended to a bare cmd": {platforms: []imageinfo.Platform{cmdOnly}, hasArgs: true, want: []string{"sh"}, same: true},
		"nothing":                              {platforms: []imageinfo.Platform{{Name: "linux/amd64"}}, same: true},
		"equal on all platforms":               {platforms: []imageinfo.Platform{both, sameOnArm}, want: []string{"/app", "serve"}, same: true},
		"different":                            {platforms: []imageinfo.Platform{both, other}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, same := imageinfo.Image{Platforms: tc.platforms}.Command(tc.hasArgs)
			if same != tc.same || !cmp.Equal(got, tc.want) {
				t.Errorf("Command() = %q, %t, want %q, %t", got, same, tc.want, tc.same)
			}
		})
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	image := imageinfo.Image{Platforms: []imageinfo.Platform{
		{Name: "linux/amd64", Entrypoint: []string{"/app"}, Cmd: []string{"serve"}},
		{Name: "windows/amd64", Entrypoint: []string{"app.exe"}},
	}}
	want := []protocol.Command{
		{Platform: "linux/amd64", Argv: []string{"/app", "serve"}},
		{Platform: "windows/amd64", Argv: []string{"app.exe"}},
	}
	if diff := cmp.Diff(want, image.Commands(false)); diff != "" {
		t.Errorf("Commands() (-want +got):\n%s", diff)
	}
}
