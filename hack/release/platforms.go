package main

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// parsePlatforms reads a list such as linux/amd64,linux/arm64.
func parsePlatforms(list string) ([]v1.Platform, error) {
	var platforms []v1.Platform
	for _, word := range strings.Split(list, ",") {
		platform, err := v1.ParsePlatform(word)
		if err != nil || platform.OS == "" || platform.Architecture == "" {
			return nil, fmt.Errorf("platform %q: write OS/ARCHITECTURE, such as linux/amd64", word)
		}
		platforms = append(platforms, *platform)
	}
	return platforms, nil
}

// short is OS/ARCHITECTURE without the version of an operating system.
func short(p *v1.Platform) string {
	if p == nil {
		return "unknown"
	}
	return p.OS + "/" + p.Architecture
}

// imagePlatforms lists what an image or index is for, sorted.
func imagePlatforms(thing any) ([]string, error) {
	switch thing := thing.(type) {
	case v1.ImageIndex:
		manifest, err := thing.IndexManifest()
		if err != nil {
			return nil, err
		}
		var names []string
		for _, m := range manifest.Manifests {
			names = append(names, short(m.Platform))
		}
		slices.Sort(names)
		return names, nil
	case v1.Image:
		config, err := thing.ConfigFile()
		if err != nil {
			return nil, err
		}
		return []string{short(config.Platform())}, nil
	}
	return nil, fmt.Errorf("%T is neither an image nor an index", thing)
}
