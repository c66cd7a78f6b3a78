// Does what the oras program does, with the library that it is made of: copies an artifact into an OCI layout and
// lists what refers to it, as JSON on standard output.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
)

type result struct {
	Copied    ocispec.Descriptor   `json:"copied"`
	Referrers []ocispec.Descriptor `json:"referrers"`
	Tags      []string             `json:"tags"`
}

// A repository of a registry, or a layout on disk.
type source interface {
	oras.ReadOnlyGraphTarget
	registry.TagLister
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: oras-client HOST/REPOSITORY|oci:LAYOUT TAG LAYOUT")
		os.Exit(2)
	}
	answer, err := pull(context.Background(), os.Args[1], os.Args[2], os.Args[3])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answer)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func pull(ctx context.Context, name, tag, layout string) (answer result, err error) {
	from, err := open(ctx, name)
	if err != nil {
		return answer, err
	}
	target, err := oci.New(layout)
	if err != nil {
		return answer, err
	}
	if answer.Copied, err = oras.Copy(ctx, from, tag, target, tag, oras.DefaultCopyOptions); err != nil {
		return answer, err
	}
	if answer.Referrers, err = registry.Referrers(ctx, from, answer.Copied, ""); err != nil {
		return answer, err
	}
	answer.Tags, err = registry.Tags(ctx, from)
	return answer, err
}

func open(ctx context.Context, name string) (source, error) {
	if folder, isLayout := strings.CutPrefix(name, "oci:"); isLayout {
		return oci.NewFromFS(ctx, os.DirFS(folder))
	}
	repository, err := remote.NewRepository(name)
	if err != nil {
		return nil, err
	}
	repository.PlainHTTP = true
	return repository, nil
}
