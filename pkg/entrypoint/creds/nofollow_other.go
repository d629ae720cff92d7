//go:build !unix

package creds

const noFollow = 0
