// Package config turns the operator's ConfigMaps into immutable Go values: every key with its compiled-in default, every bad
// value refused with an error that names it (contract 1 §7, 4 §5.1, §6.3 and §9). Values of this package are shared
// between goroutines and must never be changed after parsing.
//
// Callers take one snapshot per request or reconcile with [FromContextOrDefaults]; [Store] keeps the snapshots current. The
// package knows the pod template type but none of the API kinds, so that those can use it for defaulting and validation.
package config
