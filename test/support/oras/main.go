// Does what the oras program does, with the library that it is made of: copies an artifact into an OCI layout and
// lists what refers to it, as JSON on standard output.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/registry/remote"
)

type result struct {
	Copied    ocispec.Descriptor   `json:"copied"`
	Referrers []ocispec.Descriptor `json:"referrers"`
	Tags      []string             `json:"tags"`
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: oras-client HOST/REPOSITORY TAG LAYOUT")
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
	repository, err := remote.NewRepository(name)
	if err != nil {
		return answer, err
	}
	repository.PlainHTTP = true
	target, err := oci.New(layout)
	if err != nil {
		return answer, err
	}
	if answer.Copied, err = oras.Copy(ctx, repository, tag, target, tag, oras.DefaultCopyOptions); err != nil {
		return answer, err
	}
	err = repository.Referrers(ctx, answer.Copied, "", func(page []ocispec.Descriptor) error {
		answer.Referrers = append(answer.Referrers, page...)
		return nil
	})
	if err != nil {
		return answer, err
	}
	err = repository.Tags(ctx, "", func(page []string) error {
		answer.Tags = append(answer.Tags, page...)
		return nil
	})
	return answer, err
}
