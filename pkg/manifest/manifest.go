// Package manifest reads files of objects as people keep them in repositories and keeps where each value was written. It admits what it
// has read as the webhook would: the same defaults, rules, conversions and messages. Read and Admit are the entry points.
package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime"
)

// Stdin is the name of standard input among the paths of ReadFiles.
const Stdin = "-"

// maxFileSize is the length of the longest file, in bytes. It may have any number of documents.
const maxFileSize = 64 << 20

// Document is one object of a file.
type Document struct {
	// File is the name of the file as the user wrote it; Stdin is standard input.
	File string
	// Line is that of the first line of the object, from 1.
	Line int
	// Object is typed and has the version of the file. It is *unstructured.Unstructured if its kind is not known or its fields have other
	// types than the kind says; Admit reports the latter.
	Object runtime.Object

	source *source
	node   *yaml.Node
	// problems are those that were found on reading.
	problems []Problem
}

// source is the text of a file.
type source struct {
	name  string
	lines []string
}

// ParseError says that a file is no YAML and no JSON, or none that may be read.
type ParseError struct {
	File string
	// Line and Column begin at 1. Column is 1 where it is not known.
	Line, Column int
	Message      string
}

// Error implements error.
func (e *ParseError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// Read returns the objects in a text of YAML or JSON, those of a List one by one. It fails if the text cannot be read: a *ParseError
// says where. Whatever else is wrong with an object is told by Admit.
func Read(name string, r io.Reader) ([]Document, error) { return read(name, r, false) }

// read is Read. With passOver it leaves out what is no object: folders have other files too.
func read(name string, r io.Reader, passOver bool) ([]Document, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(text) > maxFileSize {
		return nil, &ParseError{File: name, Line: 1, Column: 1, Message: fmt.Sprintf("the file is longer than %d bytes", maxFileSize)}
	}
	nodes, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	in := reader{source: &source{name: name, lines: strings.Split(string(text), "\n")}, types: typeCache{}, passOver: passOver}
	for _, node := range nodes {
		if err := in.add(node); err != nil {
			return nil, err
		}
	}
	return in.documents, nil
}

// ReadFiles returns the objects of files and of the *.yaml, *.yml and *.json files below folders, in order. In folders it leaves out
// hidden folders, and documents that have neither apiVersion nor kind. Stdin stands for standard input.
func ReadFiles(paths []string) ([]Document, error) {
	var documents []Document
	for _, path := range paths {
		files, err := expand(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			more, err := readFile(file, file != path)
			if err != nil {
				return nil, err
			}
			documents = append(documents, more...)
		}
	}
	return documents, nil
}

func expand(path string) ([]string, error) {
	if path == Stdin {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("looking for files: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != path && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(file)):
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for files in %s: %w", path, err)
	}
	return files, nil
}

func readFile(path string, passOver bool) ([]Document, error) {
	if path == Stdin {
		return Read(path, os.Stdin)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading a file: %w", err)
	}
	defer func() { _ = file.Close() }()
	return read(path, file, passOver)
}

// parse returns the root of each document that is not empty.
func parse(name string, text []byte) ([]*yaml.Node, error) {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		// Escapes of JSON are not all escapes of YAML. What is neither gets the message of YAML.
		if nodes, err := parseJSON(text); err == nil {
			return nodes, nil
		} else if filepath.Ext(name) == ".json" {
			return nil, jsonError(name, text, err)
		}
	}
	return parseYAML(name, text)
}

func parseYAML(name string, text []byte) ([]*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var nodes []*yaml.Node
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return nodes, nil
		}
		if err != nil {
			return nil, yamlError(name, err)
		}
		if len(document.Content) == 1 && document.Content[0].ShortTag() != "!!null" {
			nodes = append(nodes, document.Content[0])
		}
	}
}

func yamlError(name string, err error) error {
	message, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(message); m != nil {
		message = message[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = max(1, n)
		}
	}
	return &ParseError{File: name, Line: line, Column: 1, Message: message}
}

// Content returns the object as it was written: with the fields that its kind does not have, and without those that defaults add. It is
// nil if the object cannot be expressed as JSON.
func (d Document) Content() map[string]any {
	if d.node == nil {
		return nil
	}
	w := writer{duplicate: func(*yaml.Node) {}}
	if err := w.write(d.node, 0); err != nil {
		return nil
	}
	var content map[string]any
	if err := json.Unmarshal(w.out.Bytes(), &content); err != nil {
		return nil
	}
	return content
}
