package measure

import (
	"bufio"
	"bytes"
	"context"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/test/cluster"
)

// profilingPort is where components serve profiles if runtime-profiling is enabled.
const profilingPort = "8008"

// collect lets the controller's pods collect garbage, and returns the bytes of heap that are left in all of them; 0 if one of them
// serves no profiles.
func (s *Session) collect(ctx context.Context) float64 {
	pods, err := s.Kube.CoreV1().Pods(cluster.SystemNamespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + ControllerApp})
	if err != nil {
		return 0
	}
	var total float64
	for i := range pods.Items {
		pod := &pods.Items[i]
		text, err := s.Kube.CoreV1().RESTClient().Get().Namespace(pod.Namespace).Resource("pods").
			Name(pod.Name+":"+profilingPort).SubResource("proxy").Suffix("debug/pprof/heap").
			Param("gc", "1").Param("debug", "1").DoRaw(ctx)
		heap, ok := heapOf(text)
		if err != nil || !ok {
			return 0
		}
		total += heap
	}
	return total
}

// heapOf reads the bytes of heap from the text of a heap profile.
func heapOf(profile []byte) (float64, bool) {
	lines := bufio.NewScanner(bytes.NewReader(profile))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), "# HeapAlloc = "); found {
			bytes, err := strconv.ParseFloat(value, 64)
			return bytes, err == nil
		}
	}
	return 0, false
}
