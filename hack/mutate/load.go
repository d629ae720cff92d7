package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// listed is what `go list` says about a package.
type listed struct {
	ImportPath, Dir, Name, Export string
	GoFiles                       []string
	TestGoFiles, XTestGoFiles     []string
	DepOnly                       bool
}

// list returns the packages below a folder, and all that they need.
func list(ctx context.Context, dir string) ([]listed, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-deps",
		"-json=ImportPath,Dir,Name,Export,GoFiles,TestGoFiles,XTestGoFiles,DepOnly", "./"+dir+"/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("reading the list of packages: %w", err)
		}
		all = append(all, p)
	}
}

// source is a package with types.
type source struct {
	listed
	fset  *token.FileSet
	files []*ast.File
	// texts are the contents of the files.
	texts [][]byte
	info  *types.Info
}

// load parses and checks a package. Exports has the compiled forms of what it imports.
func load(p listed, exports map[string]string) (*source, error) {
	s := &source{listed: p, fset: token.NewFileSet(), info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
	}}
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading source: %w", err)
		}
		file, err := parser.ParseFile(s.fset, path, text, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("parsing: %w", err)
		}
		s.files, s.texts = append(s.files, file), append(s.texts, text)
	}
	open := func(path string) (io.ReadCloser, error) {
		file := exports[path]
		for vendored := range exports {
			if file == "" && strings.HasSuffix(vendored, "/vendor/"+path) {
				file = exports[vendored]
			}
		}
		return os.Open(file)
	}
	config := types.Config{Importer: importer.ForCompiler(s.fset, "gc", open)}
	if _, err := config.Check(p.ImportPath, s.fset, s.files, s.info); err != nil {
		return nil, fmt.Errorf("checking types: %w", err)
	}
	return s, nil
}
