package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/resolver/cluster"
	"github.com/tenon-ci/tenon/pkg/resolver/framework"
	"github.com/tenon-ci/tenon/pkg/trust"
)

// remote fetches definitions through resolvers in this process. It is used by many goroutines.
type remote struct {
	engine    *Engine
	verifier  definition.Verifier
	resolvers map[string]framework.Resolver
	cache     *framework.Cache

	mu       sync.Mutex
	requests map[requestKey]*request
}

// requestKey names what in a cluster would be a ResolutionRequest, and the kind that is expected of it.
type requestKey struct{ namespace, name, kind string }

// request is a definition that was asked for.
type request struct {
	done bool
	// document is a *definition.Document of the kind; nil if err is set.
	document any
	err      error
	waiting  map[key]bool
}

func newRemote(e *Engine, verifier definition.Verifier) *remote {
	resolvers := map[string]framework.Resolver{}
	own := cluster.New(definitionReader{e.files})
	resolvers[own.About().Type] = own
	maps.Copy(resolvers, e.options.Resolvers)
	cache := framework.NewCache(e.options.Clock)
	return &remote{engine: e, verifier: verifier, resolvers: resolvers, cache: cache, requests: map[requestKey]*request{}}
}

// fetchRemote returns a definition that was fetched. As long as it is not there, the run waits, and is looked at when it is.
func fetchRemote[T definition.Object](r *remote, req definition.Request, k definition.Kind[T]) (*definition.Document[T], error) {
	called, err := definition.RequestName(req)
	if err != nil {
		return nil, err
	}
	owner, ok := req.Owner.(object)
	if !ok {
		return nil, failure.Invalidf("", "fetching for a %T: it is no run", req.Owner)
	}
	id := requestKey{owner.GetNamespace(), called, k.Name}
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.requests[id]
	if known == nil {
		known = &request{waiting: map[key]bool{}}
		r.requests[id] = known
		go answer(r, known, id, req, k)
	}
	if !known.done {
		known.waiting[keyOf(owner)] = true
		return nil, definition.Awaiting()
	}
	if known.err != nil {
		if f, ok := failure.As(known.err); ok && !f.Final() {
			// It is asked for again after a pause, which the planner makes.
			delete(r.requests, id)
		}
		return nil, known.err
	}
	found, ok := known.document.(*definition.Document[T])
	if !ok {
		return nil, failure.Invalidf("", "resource is not %s", k.Article)
	}
	out := *found
	out.Object, err = definition.Copy(found.Object, k)
	out.Source = found.Source.DeepCopy()
	return &out, err
}

// answer fetches what was asked for, and has the runs looked at that wait for it.
func answer[T definition.Object](r *remote, known *request, id requestKey, req definition.Request, k definition.Kind[T]) {
	document, err := resolve(r, id, req, k)
	r.mu.Lock()
	known.done, known.err = true, err
	if err == nil {
		known.document = document
	}
	waiting := known.waiting
	r.mu.Unlock()
	r.engine.loop.post(func() {
		for k := range waiting {
			r.engine.loop.enqueue(k)
		}
	})
}

func resolve[T definition.Object](r *remote, id requestKey, req definition.Request, k definition.Kind[T]) (*definition.Document[T], error) {
	ctx := r.engine.ctx
	answer, err := r.ask(ctx, id, req)
	if err != nil {
		return nil, definition.RequestFailed(err.Error())
	}
	fetched, err := definition.Decode(ctx, answer.Data, k)
	if err != nil {
		return nil, err
	}
	doc := &definition.Document[T]{Source: answer.Source.DeepCopy()}
	doc.Verification, err = definition.Verify(ctx, r.verifier, id.namespace, trust.NewResource(fetched), doc.Source, k)
	if err != nil {
		return nil, err
	}
	doc.Object, err = definition.Accept(ctx, fetched, id.namespace, k, func(ctx context.Context, o T) (T, error) { return o, admit(ctx, o) })
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// ask asks the resolver of that type, for as long as a request may take.
func (r *remote) ask(ctx context.Context, id requestKey, req definition.Request) (*framework.Answer, error) {
	resolver, ok := r.resolvers[string(req.Resolver)]
	if !ok {
		return nil, fmt.Errorf("no resolver %q runs on this machine", req.Resolver)
	}
	limit := r.engine.config.Defaults.DefaultMaximumResolutionTimeout
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errResolutionTimeout)
	defer cancel()
	about := resolver.About()
	params := make(map[string]string, len(req.Params))
	for _, p := range req.Params {
		params[p.Name] = p.Value.StringVal
	}
	found, err := framework.InProcess{
		Resolver: resolver, Cache: r.cache, Flags: r.engine.files.settings(framework.FlagsConfigName(), resolversNamespace, systemNamespace),
	}.Ask(ctx, framework.Request{
		Namespace: id.namespace, Name: id.name, Params: params, URL: req.Name,
		Config: about.WithDefaults(r.engine.files.settings(about.Config, resolversNamespace, systemNamespace)),
	})
	if err != nil && errors.Is(context.Cause(ctx), errResolutionTimeout) {
		return nil, fmt.Errorf("resolution took longer than global timeout of %s", limit.Round(time.Millisecond))
	}
	return found, err
}

var errResolutionTimeout = errors.New("the time of the request is up")
