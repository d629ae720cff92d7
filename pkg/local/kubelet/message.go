package kubelet

import (
	"bytes"
	"io"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// What of a log becomes a termination message.
const (
	maxLogMessage = 2048
	maxLogLines   = 80
)

const defaultMessagePath = "/dev/termination-log"

// makeMessageFile makes the file that the container finds at its terminationMessagePath. Any user may write it.
func makeMessageFile(proc *process) (container.Mount, error) {
	if err := os.MkdirAll(filepath.Dir(proc.messageFile), privateDir); err != nil {
		return container.Mount{}, err
	}
	if err := os.WriteFile(proc.messageFile, nil, privateFile); err != nil {
		return container.Mount{}, err
	}
	// Any user in the container writes it; the umask does not count.
	if err := os.Chmod(proc.messageFile, 0o666); err != nil { //nolint:gosec // only the container sees it
		return container.Mount{}, err
	}
	target := proc.spec.TerminationMessagePath
	if target == "" {
		target = defaultMessagePath
	}
	return container.Mount{Source: proc.messageFile, Target: target}, nil
}

// message is what a container has left as it ended.
func (w *worker) message(proc *process, exitCode int32) string {
	text := ""
	if proc.messageFile != "" {
		text = readMessage(proc.messageFile)
	}
	if text == "" && exitCode != 0 && proc.spec.TerminationMessagePolicy == corev1.TerminationMessageFallbackToLogsOnError {
		text = tail(w.p.logFile(w.name), proc.out.offset)
	}
	return text
}

func readMessage(name string) string {
	file, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer file.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(file, maxMessage))
	if err != nil {
		return ""
	}
	return string(text)
}

// tail is the end of a log.
func tail(name string, offset int64) string {
	file, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer file.Close() //nolint:errcheck // nothing was written
	info, err := file.Stat()
	if err != nil {
		return ""
	}
	from := max(offset, info.Size()-maxLogMessage)
	text, err := io.ReadAll(io.NewSectionReader(file, from, maxLogMessage))
	if err != nil {
		return ""
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if n := len(lines); n > 0 && len(lines[n-1]) == 0 {
		lines = lines[:n-1]
	}
	if len(lines) > maxLogLines {
		lines = lines[len(lines)-maxLogLines:]
	}
	return string(bytes.Join(lines, nil))
}
