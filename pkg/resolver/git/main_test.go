package git_test

import (
	"os"
	"testing"

	"github.com/tenon-ci/tenon/pkg/resolver/git/helper"
)

func TestMain(m *testing.M) {
	// Git starts this program for what it needs help with.
	helper.Run()
	os.Exit(m.Run())
}
