// Package githubv4 is a client library for accessing GitHub
// GraphQL API v4 (https://developer.github.com/v4/).
//
// If you're looking for a client library for GitHub REST API v3,
// the recommended package is github.com/google/go-github/github.
//
// Status: In active early research and development. The API will change when
// opportunities for improvement are discovered; it is not yet frozen.
//
// For now, see README for more details.
package githubv4 // import "github.com/shurcooL/githubv4"

//go:generate go run gen.go
