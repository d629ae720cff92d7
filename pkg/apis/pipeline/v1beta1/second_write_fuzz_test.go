package v1beta1_test

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"knative.dev/pkg/apis"
	"knative.dev/pkg/webhook/resourcesemantics"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// FuzzSecondWrite writes random objects of either version twice, as the webhook sees them: what the first write has made of an object,
// the second leaves as it is. Otherwise applying the same YAML again would change the object.
func FuzzSecondWrite(f *testing.F) {
	for seed := range int64(20) {
		for kind := range byte(8) {
			f.Add(seed, kind)
		}
	}
	f.Fuzz(func(t *testing.T, seed int64, kind byte) {
		filler := newFiller(seed)
		var object resourcesemantics.GenericCRD
		switch kind % 8 {
		case 0:
			object = randomTask(filler)
		case 1:
			object = randomPipeline(filler)
		case 2:
			object = randomTaskRun(filler)
		case 3:
			object = randomPipelineRun(filler)
		case 4:
			object = randomV1Task(filler)
		case 5:
			object = randomV1Pipeline(filler)
		case 6:
			object = randomV1TaskRun(filler)
		default:
			object = randomV1PipelineRun(filler)
		}
		once := written(t, object, apis.WithinCreate(context.Background()))
		stored := decoded(t, object, once)
		if diff := diffJSON(t, once, written(t, decoded(t, object, once), apis.WithinUpdate(context.Background(), stored))); diff != "" {
			t.Errorf("second write of %T (-first +second):\n%s", object, diff)
		}
	})
}

// written returns what is stored of the object.
func written(t *testing.T, object resourcesemantics.GenericCRD, ctx context.Context) string {
	t.Helper()
	object = decoded(t, object, compactJSON(t, object))
	object.SetDefaults(ctx)
	return compactJSON(t, object)
}

// decoded reads the text as an object of the same type.
func decoded(t *testing.T, like resourcesemantics.GenericCRD, text string) resourcesemantics.GenericCRD {
	t.Helper()
	object, ok := reflect.New(reflect.TypeOf(like).Elem()).Interface().(resourcesemantics.GenericCRD)
	if !ok {
		t.Fatalf("%T is no kind", like)
	}
	if err := json.Unmarshal([]byte(text), object); err != nil {
		t.Fatalf("decoding %T: %v", like, err)
	}
	return object
}

// TestEmptyMembersAreDroppedAtOnce has members that are empty without being left out.
func TestEmptyMembersAreDroppedAtOnce(t *testing.T) {
	t.Parallel()
	for text, object := range map[string]resourcesemantics.GenericCRD{
		`{"metadata":{"name":"a"},"spec":{"steps":[{"image":"b","computeResources":{"limits":{}}}],"stepTemplate":{"computeResources":{"requests":{}}},` +
			`"sidecars":[{"image":"b","computeResources":{"claims":[]}}]}}`: &v1.Task{},
		`{"metadata":{"name":"a"},"spec":{"tasks":[{"name":"a","taskSpec":{"metadata":{"labels":{}},"steps":[{"image":"b","computeResources":{"limits":{}}}]}}]}}`: &v1.Pipeline{},
		`{"metadata":{"name":"a"},"spec":{"taskRef":{"name":"a"},"stepSpecs":[{"name":"a","computeResources":{"limits":{}}}]}}`:                                    &v1.TaskRun{},
		`{"metadata":{"name":"a"},"spec":{"taskRunSpecs":[{"sidecarSpecs":[{"name":"a","computeResources":{"limits":{}}}]}]}}`:                                     &v1.PipelineRun{},
	} {
		once := written(t, decoded(t, object, text), context.Background())
		if diff := diffJSON(t, once, written(t, decoded(t, object, once), context.Background())); diff != "" {
			t.Errorf("second write of %T (-first +second):\n%s", object, diff)
		}
	}
}
