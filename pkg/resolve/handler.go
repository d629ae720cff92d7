package resolve

import (
	"k8s.io/client-go/tools/cache"

	resolutionv1beta1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
)

// Handler returns a handler for events of ResolutionRequests that hands over those that the owner has waited for: the one with
// the answer, once, and the deletion, after which it can ask anew.
func Handler(wake func(object any)) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) {
			if isAnswered(object) {
				wake(object)
			}
		},
		UpdateFunc: func(before, after any) {
			if isAnswered(after) && !isAnswered(before) || isAnother(before, after) {
				wake(after)
			}
		},
		DeleteFunc: wake,
	}
}

func isAnswered(object any) bool {
	rr, ok := object.(*resolutionv1beta1.ResolutionRequest)
	return ok && (rr.Status.Data != "" || rr.IsDone())
}

// isAnother tells whether a request was deleted and made again while the watch was down.
func isAnother(before, after any) bool {
	was, okWas := before.(*resolutionv1beta1.ResolutionRequest)
	is, okIs := after.(*resolutionv1beta1.ResolutionRequest)
	return okWas && okIs && was.UID != is.UID
}
