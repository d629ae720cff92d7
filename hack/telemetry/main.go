// Command telemetry receives, for tests, what Tenon tells others about runs, and says what it got:
//
//	:8080  package sink, which receives CloudEvents
//	:4317  package otlp, which receives traces by OTLP, over gRPC
//	:4318  the same over HTTP, in protobuf and JSON
//	:4319  the same over HTTP for those who log in with TELEMETRY_BASIC_AUTH, NAME:PASSWORD; nobody else listens there without it
//
// Everybody who reaches it may read all of it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/tenon-ci/tenon/hack/telemetry/otlp"
	"github.com/tenon-ci/tenon/hack/telemetry/sink"
)

func main() {
	host := flag.String("host", "", "address to listen on; all by default")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, *host, os.Getenv("TELEMETRY_BASIC_AUTH"))
	stop()
	if err != nil {
		log.Fatalf("telemetry: %v", err)
	}
}

// run serves until the context ends. login is NAME:PASSWORD, or empty.
func run(ctx context.Context, host, login string) error {
	spans := otlp.NewReceiver()
	group, ctx := errgroup.WithContext(ctx)
	webs := map[string]http.Handler{"8080": sink.New(), "4318": spans}
	if login != "" {
		user, password, ok := strings.Cut(login, ":")
		if !ok || user == "" || password == "" {
			return errors.New("the environment variable TELEMETRY_BASIC_AUTH has to be NAME:PASSWORD")
		}
		webs["4319"] = withLogin(user, password, spans)
	}
	for port, handler := range webs {
		listener, err := listen(ctx, host, port)
		if err != nil {
			return err
		}
		web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
		context.AfterFunc(ctx, func() { _ = web.Close() })
		group.Go(func() error {
			if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serving port %s: %w", port, err)
			}
			return nil
		})
	}
	listener, err := listen(ctx, host, "4317")
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	spans.Register(server)
	context.AfterFunc(ctx, server.Stop)
	group.Go(func() error {
		if err := server.Serve(listener); err != nil {
			return fmt.Errorf("serving port 4317: %w", err)
		}
		return nil
	})
	return group.Wait()
}

func listen(ctx context.Context, host, port string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listening at port %s: %w", port, err)
	}
	log.Printf("listening at %s", listener.Addr())
	return listener, nil
}

// withLogin lets only those through who know the login.
func withLogin(user, password string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, ok := r.BasicAuth(); !ok || u != user || p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="telemetry"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
