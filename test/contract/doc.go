// Package contract checks that what comments and documents cite of docs/contract exists there.
package contract
