// Command plots draws how time and costs grow, one picture for each series of a sweep of the load tool:
//
//	go run ./test/load -sweep -o results.json
//	go run ./hack/plots -in results.json -out docs/pictures
//
// The same results give the same bytes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/tenon-ci/tenon/test/load/growth"
)

func main() {
	log.SetFlags(0)
	in := flag.String("in", "results.json", "The `file` with the results of a sweep.")
	out := flag.String("out", "docs/pictures", "The `folder` for the pictures, growth-SERIES.svg.")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		log.Fatal("plots: ", err)
	}
}

func run(in, out string) error {
	file, err := os.Open(in)
	if err != nil {
		return fmt.Errorf("-in: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	report, err := growth.Read(file)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	for _, s := range known {
		points := report.Series(s.name)
		if len(points) == 0 {
			log.Printf("there are no values for %s", s.name)
			continue
		}
		if err := write(filepath.Join(out, "growth-"+s.name+".svg"), s.picture(points, report)); err != nil {
			return err
		}
	}
	return nil
}

func write(name string, picture io.WriterTo) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("-out: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := picture.WriteTo(file); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
