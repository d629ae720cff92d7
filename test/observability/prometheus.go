package observability

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Sample is one series of an answer of Prometheus.
type Sample struct {
	Labels map[string]string
	Value  float64
}

// Prometheus asks a Prometheus server.
type Prometheus struct{ address string }

// answer is what Prometheus' API answers with.
type answer[T any] struct {
	Status string `json:"status"`
	Error  string `json:"error"`
	Data   T      `json:"data"`
}

// vector is the data of an answer to an instant query.
type vector struct {
	ResultType string `json:"resultType"`
	Result     []struct {
		Metric map[string]string  `json:"metric"`
		Value  [2]json.RawMessage `json:"value"`
	} `json:"result"`
}

// Query evaluates an expression now. It has to give a vector.
func (p *Prometheus) Query(ctx context.Context, expression string) ([]Sample, error) {
	data, err := ask[vector](ctx, p.address+"/api/v1/query?query="+url.QueryEscape(expression))
	if err != nil {
		return nil, fmt.Errorf("asking Prometheus for %s: %w", expression, err)
	}
	if data.ResultType != "vector" {
		return nil, fmt.Errorf("asking Prometheus for %s: the result is a %s", expression, data.ResultType)
	}
	var out []Sample
	for _, each := range data.Result {
		value, err := parseValue(each.Value[1])
		if err != nil {
			return nil, fmt.Errorf("asking Prometheus for %s: %w", expression, err)
		}
		out = append(out, Sample{Labels: each.Metric, Value: value})
	}
	return out, nil
}

// parseValue parses a number, which Prometheus writes as a string.
func parseValue(text json.RawMessage) (float64, error) {
	var number string
	if err := json.Unmarshal(text, &number); err != nil {
		return 0, fmt.Errorf("reading a value: %w", err)
	}
	return strconv.ParseFloat(number, 64)
}

// Sum is like Query for an expression that gives one series or none, which counts as 0.
func (p *Prometheus) Sum(ctx context.Context, expression string) (float64, error) {
	samples, err := p.Query(ctx, "sum("+expression+")")
	if err != nil || len(samples) == 0 {
		return 0, err
	}
	return samples[0].Value, nil
}

// Names returns the names of all metrics there are, without the suffixes of histograms: name_bucket, name_sum and name_count are name.
func (p *Prometheus) Names(ctx context.Context) (map[string]bool, error) {
	names, err := ask[[]string](ctx, p.address+"/api/v1/label/__name__/values")
	if err != nil {
		return nil, fmt.Errorf("asking Prometheus for all names: %w", err)
	}
	return Families(names), nil
}

// Families returns names with those of histograms instead of their parts.
func Families(names []string) map[string]bool {
	out := map[string]bool{}
	for _, name := range names {
		out[name] = true
	}
	for _, name := range names {
		if base, ok := strings.CutSuffix(name, "_bucket"); ok && out[base+"_sum"] && out[base+"_count"] {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				delete(out, base+suffix)
			}
			out[base] = true
		}
	}
	return out
}

func ask[T any](ctx context.Context, address string) (T, error) {
	var out answer[T]
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return out.Data, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return out.Data, err
	}
	defer response.Body.Close() //nolint:errcheck // nothing is written
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		return out.Data, fmt.Errorf("reading the answer, of status %d: %w", response.StatusCode, err)
	}
	if out.Status != "success" {
		return out.Data, fmt.Errorf("the answer is %s: %s", out.Status, out.Error)
	}
	return out.Data, nil
}
