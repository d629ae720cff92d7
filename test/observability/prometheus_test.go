package observability

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPrometheus asks a server that answers as Prometheus does.
func TestPrometheus(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	answers := map[string]string{
		"up":          `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"app":"a"},"value":[1700000000.1,"1"]}]}}`,
		"sum(up)":     `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1700000000.1,"2.5"]}]}}`,
		"sum(absent)": `{"status":"success","data":{"resultType":"vector","result":[]}}`,
		"1":           `{"status":"success","data":{"resultType":"scalar","result":[]}}`,
		"(":           `{"status":"error","error":"parse error"}`,
	}
	mux.HandleFunc("/api/v1/query", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(answers[r.FormValue("query")])) })
	mux.HandleFunc("/api/v1/label/__name__/values", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"status":"success","data":["a_bucket","a_count","a_sum","b_count","c_total"]}`))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p := &Prometheus{address: server.URL}
	got, err := p.Query(t.Context(), "up")
	if diff := cmp.Diff([]Sample{{Labels: map[string]string{"app": "a"}, Value: 1}}, got); diff != "" || err != nil {
		t.Errorf("error %v; samples (-want +got):\n%s", err, diff)
	}
	for expression, want := range map[string]float64{"up": 2.5, "absent": 0} {
		if got, err := p.Sum(t.Context(), expression); got != want || err != nil {
			t.Errorf("sum of %s: %v, %v; want %v", expression, got, err, want)
		}
	}
	for _, wrong := range []string{"1", "("} {
		if got, err := p.Query(t.Context(), wrong); err == nil {
			t.Errorf("%s gave %v instead of an error", wrong, got)
		}
	}
	names, err := p.Names(t.Context())
	if diff := cmp.Diff(map[string]bool{"a": true, "b_count": true, "c_total": true}, names); diff != "" || err != nil {
		t.Errorf("error %v; names (-want +got):\n%s", err, diff)
	}
}
