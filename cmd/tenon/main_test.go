package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestDependencies keeps out of the program what makes it large and slow to start: the clientset and the controllers' framework bring every
// group of the API and its registration.
func TestDependencies(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("listing the dependencies: %v", err)
	}
	if !strings.Contains(string(out), "github.com/tenon-ci/tenon/pkg/local\n") {
		t.Fatal("the list has not the program's own packages")
	}
	for _, unwanted := range []string{
		"k8s.io/client-go/kubernetes", "k8s.io/client-go/informers", "k8s.io/client-go/discovery", "knative.dev/pkg/controller",
	} {
		if strings.Contains(string(out), unwanted+"\n") {
			t.Errorf("the program links %s", unwanted)
		}
	}
}
