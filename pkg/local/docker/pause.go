package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/moby/moby/client"
)

// Where the program of a pause is loaded to, and where its code begins: behind the two headers of the file.
const (
	loadAddress = 0x400000
	codeOffset  = 64 + 56
)

// pauseCode is a program that lets the kernel collect its children and sleeps for ever, by architecture. The data behind it is a
// struct sigaction whose handler is SIG_IGN.
func pauseCode(arch string) ([]byte, error) {
	ignore := append([]byte{1}, make([]byte, 31)...)
	switch arch {
	case "amd64":
		return append([]byte{
			0xb8, 13, 0, 0, 0, // mov eax, SYS_rt_sigaction
			0xbf, 17, 0, 0, 0, // mov edi, SIGCHLD
			0x48, 0x8d, 0x35, 19, 0, 0, 0, // lea rsi, [rip+19], the data
			0x31, 0xd2, // xor edx, edx
			0x41, 0xba, 8, 0, 0, 0, // mov r10d, 8
			0x0f, 0x05, // syscall
			0xb8, 34, 0, 0, 0, // mov eax, SYS_pause
			0x0f, 0x05, // syscall
			0xeb, 0xf7, // jmp to the mov before
		}, ignore...), nil
	case "arm64":
		var code []byte
		for _, instruction := range []uint32{
			0xd28010c8, // mov x8, SYS_rt_sigaction
			0xd2800220, // mov x0, SIGCHLD
			0x10000181, // adr x1, 48 bytes on, the data
			0xd2800002, // mov x2, 0
			0xd2800103, // mov x3, 8
			0xd4000001, // svc 0
			0xd2800000, // mov x0, 0
			0xd2800001, // mov x1, 0
			0xd2800002, // mov x2, 0
			0xd2800003, // mov x3, 0
			0xd2800928, // mov x8, SYS_ppoll
			0xd4000001, // svc 0
			0x17fffffa, // b to the mov x0, 0 before
			0xd503201f, // nop
		} {
			code = binary.LittleEndian.AppendUint32(code, instruction)
		}
		return append(code, ignore...), nil
	}
	return nil, fmt.Errorf("the engine's machine is of architecture %q, for which there is no program that holds the network of a pod", arch)
}

// pauseProgram is an executable file of a few hundred bytes.
func pauseProgram(arch string) ([]byte, error) {
	code, err := pauseCode(arch)
	if err != nil {
		return nil, err
	}
	machine := map[string]uint16{"amd64": 62, "arm64": 183}[arch]
	size := uint64(codeOffset + len(code))
	var file bytes.Buffer
	for _, field := range []any{
		[16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1},
		uint16(2), machine, uint32(1), uint64(loadAddress + codeOffset), // executable, version, entry
		uint64(64), uint64(0), uint32(0), // program headers, no sections, no flags
		uint16(64), uint16(56), uint16(1), uint16(0), uint16(0), uint16(0), // sizes and numbers of headers
		uint32(1), uint32(5), uint64(0), // load, readable and executable, from the beginning
		uint64(loadAddress), uint64(loadAddress), size, size, uint64(0x1000),
	} {
		if err := binary.Write(&file, binary.LittleEndian, field); err != nil {
			return nil, err
		}
	}
	return append(file.Bytes(), code...), nil
}

// pauseTag is the name of the image. Each version of the programs has its own, which is the same for all architectures, so that
// the engine need not be asked for its own if it has the image.
func pauseTag() (name.Tag, error) {
	sum := sha256.New()
	for _, arch := range []string{"amd64", "arm64"} {
		program, err := pauseProgram(arch)
		if err != nil {
			return name.Tag{}, err
		}
		sum.Write(program)
	}
	return name.NewTag("tenon.local/pause:" + hex.EncodeToString(sum.Sum(nil)[:6]))
}

// pauseImage is an image with nothing in it but the program.
func pauseImage(arch string) (v1.Image, error) {
	program, err := pauseProgram(arch)
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	archive := tar.NewWriter(&content)
	if err := archive.WriteHeader(&tar.Header{Name: "pause", Mode: 0o755, Size: int64(len(program))}); err != nil {
		return nil, err
	}
	if _, err := archive.Write(program); err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content.Bytes())), nil })
	if err != nil {
		return nil, err
	}
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{
		Architecture: arch, OS: "linux", Config: v1.Config{Entrypoint: []string{"/pause"}},
	})
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(image, layer)
}

// loadPause makes the image of pauses present and returns its name.
func (r *Runtime) loadPause(ctx context.Context) (string, error) {
	r.pause.Lock()
	defer r.pause.Unlock()
	if r.pauseRef != "" {
		return r.pauseRef, nil
	}
	tag, err := pauseTag()
	if err != nil {
		return "", err
	}
	_, err = r.api.ImageInspect(ctx, tag.Name())
	if cerrdefs.IsNotFound(err) {
		err = r.givePause(ctx, tag)
	}
	if err != nil {
		return "", fmt.Errorf("loading the image that holds the network of a pod: %w", err)
	}
	r.pauseRef = tag.Name()
	return r.pauseRef, nil
}

// givePause gives the image to the engine.
func (r *Runtime) givePause(ctx context.Context, tag name.Tag) error {
	version, err := r.api.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return err
	}
	image, err := pauseImage(version.Arch)
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	if err := tarball.Write(tag, image, &archive); err != nil {
		return err
	}
	return loadArchive(ctx, r.api, &archive)
}
