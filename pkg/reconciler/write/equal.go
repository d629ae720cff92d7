package write

import (
	"maps"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/conversion"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// equal compares as equality.Semantic does, but does not walk through a spec in a status that both sides share. A spec may be a
// megabyte long, and a pass hands on the one that it was given.
var equal = func() conversion.Equalities {
	e := conversion.Equalities{Equalities: maps.Clone(equality.Semantic.Equalities)}
	err := e.AddFuncs(
		func(a, b *v1.PipelineSpec) bool { return a == b || equality.Semantic.DeepEqual(a, b) },
		func(a, b *v1.TaskSpec) bool { return a == b || equality.Semantic.DeepEqual(a, b) },
	)
	if err != nil {
		panic(err) // only functions of another form are an error
	}
	return e
}()

// Equal tells whether two statuses, or what two pointers to statuses point to, say the same. Empty lists are like missing ones.
func Equal[S any](a, b S) bool { return equal.DeepEqual(a, b) }
