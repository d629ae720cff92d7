package sarif

// The severity levels a result, notification or reporting configuration can
// carry, as defined by the SARIF spec.
const (
	LevelNone    = "none"
	LevelNote    = "note"
	LevelWarning = "warning"
	LevelError   = "error"
)
