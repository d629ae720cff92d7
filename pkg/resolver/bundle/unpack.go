package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
)

const (
	// maxHeaders bounds what comes before the document in an archive, in bytes, maxEntries the folders among it.
	maxHeaders = 1 << 20
	maxEntries = 64
	// magicAt is where archives say that they are such.
	magicAt = 257
)

var (
	gzipMagic = []byte{0x1f, 0x8b}
	tarMagic  = []byte("ustar")
)

var errDocument = failure.Invalidf("", "its document is larger than %d bytes", framework.MaxDocument)

// unpack takes the document out of a layer: it is the first file of an archive, or all there is; either may be compressed with gzip.
// A layer says itself which of them it is, its media type need not be right. What it decompresses to is read only as far as a
// document may go.
func unpack(layer []byte) ([]byte, error) {
	data, whole, err := decompress(layer)
	if err != nil {
		return nil, err
	}
	isArchive := len(data) > magicAt && bytes.HasPrefix(data[magicAt:], tarMagic)
	document, err := firstFile(data)
	switch {
	case err == nil:
		return document, nil
	case isArchive, !errors.Is(err, errNoArchive):
		return nil, err
	case !whole || len(data) > framework.MaxDocument:
		return nil, errDocument
	default:
		return data, nil
	}
}

// decompress returns the beginning of what is in a layer, and whether it is all.
func decompress(layer []byte) (data []byte, whole bool, err error) {
	if !bytes.HasPrefix(layer, gzipMagic) {
		return layer, true, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(layer))
	if err != nil {
		return nil, false, failure.Invalidf("", "its layer is not in the form of gzip")
	}
	const limit = maxHeaders + framework.MaxDocument
	data, err = io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil {
		return nil, false, failure.Invalidf("", "its layer is not in the form of gzip")
	}
	return data, len(data) <= limit, nil
}

// errNoArchive says that data does not begin like an archive.
var errNoArchive = failure.Invalidf("", "its layer is a damaged archive")

// firstFile returns the first file of an archive.
func firstFile(data []byte) ([]byte, error) {
	archive := tar.NewReader(bytes.NewReader(data))
	for range maxEntries {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, errNoArchive
		case err != nil:
			return nil, errNoArchive
		case header.Typeflag == tar.TypeDir, header.Typeflag == tar.TypeXGlobalHeader:
			continue
		case header.Typeflag != tar.TypeReg:
			return nil, failure.Invalidf("", "the first entry of its layer is no file")
		case header.Size > framework.MaxDocument:
			return nil, errDocument
		}
		document, err := io.ReadAll(io.LimitReader(archive, framework.MaxDocument+1))
		if err != nil {
			return nil, failure.Invalidf("", "its layer is a damaged archive")
		}
		return document, nil
	}
	return nil, failure.Invalidf("", "its layer begins with more than %d folders", maxEntries)
}
