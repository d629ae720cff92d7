package kubelet

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// serving is what a healthy service answers: a message whose first field, a number, is 1.
const (
	servingField = 0x08
	serving      = 1
	nameField    = 0x0a
)

// grpcHealth asks a gRPC service for its health. The protocol is small: a message of one field each way, over HTTP/2 without
// encryption; a library for it would be larger than all the rest.
func (w *worker) grpcHealth(ctx context.Context, proc *process, action *corev1.GRPCAction) error {
	host, err := w.host(proc, "", intstr.FromInt32(action.Port))
	if err != nil {
		return err
	}
	var body []byte
	if action.Service != nil && *action.Service != "" {
		body = binary.AppendUvarint([]byte{nameField}, uint64(len(*action.Service)))
		body = append(body, *action.Service...)
	}
	frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body))) //nolint:gosec // a short name
	url := "http://" + host + "/grpc.health.v1.Health/Check"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(append(frame, body...)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("TE", "trailers")
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols, DisableKeepAlives: true, DialContext: w.dial}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // it was read
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxMessage))
	if err != nil {
		return err
	}
	status := res.Trailer.Get("Grpc-Status")
	if status == "" {
		status = res.Header.Get("Grpc-Status")
	}
	if res.StatusCode != http.StatusOK || status != "0" {
		return fmt.Errorf("gRPC health check: HTTP status %d, gRPC status %q", res.StatusCode, status)
	}
	const header = 5
	if len(answer) < header+2 || answer[header] != servingField || answer[header+1] != serving {
		return fmt.Errorf("service unhealthy")
	}
	return nil
}
