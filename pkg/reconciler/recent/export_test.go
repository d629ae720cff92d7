package recent

// Size returns how many values and keys are held, expired ones included.
func Size[K comparable, V any](m *Memory[K, V]) int {
	n := len(m.order)
	for _, values := range m.known {
		n += len(values)
	}
	return n
}
