// Package queue makes the work queues of controllers: objects that fail are tried again after waits of their own, whatever fails
// beside them. New is the one entry point; the constructors of the framework would let all objects share one rate.
package queue

import (
	"context"
	"reflect"
	"strings"
	"time"

	"go.uber.org/zap"
	"k8s.io/client-go/util/workqueue"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/logging"
	"knative.dev/pkg/logging/logkey"
)

// Waits between the tries of one object: the first, which doubles with each failure, and the longest. The API server protects
// itself by priority and fairness, so there is no common limit that many failing objects could use up for all others.
const (
	FirstWait   = 50 * time.Millisecond
	LongestWait = time.Minute
)

// RateLimiter returns what spaces the tries of a queue.
func RateLimiter() workqueue.TypedRateLimiter[any] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[any](FirstWait, LongestWait)
}

// New returns the controller of a reconciler, which build turns into one that the framework can run; kind, such as
// "tekton.dev.TaskRun", stands in logs. The queue, and with it the leases (contract 4 §7.7), are named after the type of reconciler,
// which is a pointer.
func New(ctx context.Context, reconciler any, kind string, build func(*zap.SugaredLogger) controller.Reconciler) *controller.Impl {
	name := Name(reconciler)
	logger := quiet(logging.FromContext(ctx)).With(zap.String(logkey.ControllerType, name), zap.String(logkey.Kind, kind))
	return controller.NewContext(ctx, passingOver(ctx, build(logger)), controller.ControllerOptions{WorkQueueName: name, Logger: logger, RateLimiter: RateLimiter()})
}

// Name returns the name of the queue of a reconciler, which is a pointer.
func Name(reconciler any) string {
	t := reflect.TypeOf(reconciler).Elem()
	return strings.ReplaceAll(t.PkgPath()+"."+t.Name(), "/", ".")
}
