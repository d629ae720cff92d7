package tracing

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// How a batch is tried again if the collector says that it may be: within batchTimeout.
const (
	tryTimeout = 5 * time.Second
	firstRetry = time.Second
	lastRetry  = 5 * time.Second
)

// otlp returns what sends spans to the collector that settings name. No connection is made yet.
func (p *Provider) otlp(ctx context.Context, settings config.Tracing) (sdktrace.SpanExporter, error) {
	endpoint, err := url.Parse(settings.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("reading the endpoint: %w", err)
	}
	var login *credentials
	if settings.CredentialsSecret != "" {
		login = &credentials{secret: settings.CredentialsSecret, read: p.options.Secret, now: time.Now}
	}
	if settings.Protocol == config.TracingGRPC {
		return overGRPC(ctx, endpoint, login)
	}
	return overHTTP(ctx, endpoint, login)
}

func overHTTP(ctx context.Context, endpoint *url.URL, login *credentials) (sdktrace.SpanExporter, error) {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		transport = &http.Transport{}
	}
	client := &http.Client{Transport: transport.Clone(), Timeout: tryTimeout}
	if login != nil {
		client.Transport = authorized{client.Transport, login}
	}
	return otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(endpoint.String()), otlptracehttp.WithHTTPClient(client), otlptracehttp.WithTimeout(tryTimeout),
		otlptracehttp.WithHeaders(nil), otlptracehttp.WithCompression(otlptracehttp.GzipCompression),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: firstRetry, MaxInterval: lastRetry, MaxElapsedTime: batchTimeout,
		}),
	)
}

func overGRPC(ctx context.Context, endpoint *url.URL, login *credentials) (sdktrace.SpanExporter, error) {
	opts := []otlptracegrpc.Option{
		otlptracegrpc.WithEndpointURL(endpoint.String()), otlptracegrpc.WithTimeout(batchTimeout),
		otlptracegrpc.WithHeaders(nil), otlptracegrpc.WithCompressor("gzip"),
		otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig{
			Enabled: true, InitialInterval: firstRetry, MaxInterval: lastRetry, MaxElapsedTime: batchTimeout,
		}),
	}
	if login != nil {
		opts = append(opts, otlptracegrpc.WithDialOption(grpc.WithPerRPCCredentials(login)))
	}
	return otlptracegrpc.New(ctx, opts...)
}

// authorized adds the credentials to each request.
type authorized struct {
	http.RoundTripper
	login *credentials
}

// RoundTrip implements http.RoundTripper.
func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	header, err := a.login.header(r.Context())
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", header)
	return a.RoundTripper.RoundTrip(r)
}
