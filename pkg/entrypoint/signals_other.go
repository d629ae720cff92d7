//go:build !unix

package entrypoint

import "os"

// NotifySignals returns nil: signals are not forwarded here (contract 2 §3.4).
func NotifySignals() <-chan os.Signal { return nil }

func isEnd(os.Signal) bool { return false }

var signalTerminate = os.Interrupt
