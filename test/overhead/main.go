// Command overhead measures what a TaskRun costs over a plain Pod with the same containers. Both are created in turn on
// the cluster of KUBECONFIG, and the time from creation to the end is taken from a watch: of the Pod's phase, and of the
// TaskRun's condition.
//
//	go run ./test/overhead -steps 1,5,20 -rounds 5 [-script]
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

type settings struct {
	steps  []int
	rounds int
	script bool
	image  string
}

func main() {
	steps := flag.String("steps", "1,5,20", "Numbers of steps to measure, separated by commas.")
	s := settings{}
	flag.IntVar(&s.rounds, "rounds", 5, "How often each is measured; the median is printed.")
	flag.BoolVar(&s.script, "script", false, "Let steps run a script in place of a command; the Pod then runs it with sh -c.")
	flag.StringVar(&s.image, "image", "busybox", "Image of all containers; it needs sh and true.")
	flag.Parse()
	for _, field := range strings.Split(*steps, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || n < 1 {
			log.Fatalf("-steps: %q is not a number of steps", field)
		}
		s.steps = append(s.steps, n)
	}
	if err := run(context.Background(), s); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, s settings) error {
	clients, err := cluster.Connect()
	if err != nil {
		return fmt.Errorf("connecting to the cluster: %w", err)
	}
	ns, err := clients.Kube.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "tenon-overhead-"}}, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("creating a namespace: %w", err)
	}
	defer func() {
		if err := clients.Kube.CoreV1().Namespaces().Delete(ctx, ns.Name, metav1.DeleteOptions{}); err != nil {
			fmt.Fprintln(os.Stderr, "deleting the namespace:", err)
		}
	}()
	m := measurement{settings: s, clients: clients, namespace: ns.Name}
	if err := m.warmUp(ctx); err != nil {
		return err
	}
	fmt.Println("| steps | Pod | TaskRun | difference |")
	fmt.Println("|---|---|---|---|")
	for _, n := range s.steps {
		if err := m.compare(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

type measurement struct {
	settings
	clients   *cluster.Clients
	namespace string
	created   int
}

// warmUp lets the node pull the images, which is not what is measured.
func (m *measurement) warmUp(ctx context.Context) error {
	if _, err := m.pod(ctx, 1); err != nil {
		return err
	}
	_, err := m.taskRun(ctx, 1)
	return err
}

func (m *measurement) compare(ctx context.Context, steps int) error {
	var pods, runs []time.Duration
	for range m.rounds {
		pod, err := m.pod(ctx, steps)
		if err != nil {
			return err
		}
		run, err := m.taskRun(ctx, steps)
		if err != nil {
			return err
		}
		pods, runs = append(pods, pod), append(runs, run)
	}
	pod, run := median(pods), median(runs)
	fmt.Printf("| %d | %.2f s | %.2f s | %+.2f s, %+.0f %% |\n", steps, pod.Seconds(), run.Seconds(), (run - pod).Seconds(), 100*float64(run-pod)/float64(pod))
	return nil
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func (m *measurement) name() string {
	m.created++
	return fmt.Sprintf("n%d", m.created)
}

func (m *measurement) pod(ctx context.Context, steps int) (time.Duration, error) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: m.name()}, Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever}}
	for i := range steps {
		command := []string{"true"}
		if m.script {
			command = []string{"sh", "-c", "true"}
		}
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: fmt.Sprintf("c%d", i), Image: m.image, Command: command})
	}
	client := m.clients.Kube.CoreV1().Pods(m.namespace)
	watcher, err := client.Watch(ctx, named(pod.Name))
	if err != nil {
		return 0, fmt.Errorf("watching pods: %w", err)
	}
	defer watcher.Stop()
	began := time.Now()
	if _, err := client.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return 0, fmt.Errorf("creating a pod: %w", err)
	}
	return until(watcher, began, func(e watch.Event) bool {
		p, ok := e.Object.(*corev1.Pod)
		return ok && p.Status.Phase == corev1.PodSucceeded
	})
}

func (m *measurement) taskRun(ctx context.Context, steps int) (time.Duration, error) {
	run := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: m.name()}, Spec: v1.TaskRunSpec{TaskSpec: &v1.TaskSpec{}}}
	for i := range steps {
		step := v1.Step{Name: fmt.Sprintf("c%d", i), Image: m.image, Command: []string{"true"}}
		if m.script {
			step.Command, step.Script = nil, "true"
		}
		run.Spec.TaskSpec.Steps = append(run.Spec.TaskSpec.Steps, step)
	}
	client := m.clients.Tekton.TektonV1().TaskRuns(m.namespace)
	watcher, err := client.Watch(ctx, named(run.Name))
	if err != nil {
		return 0, fmt.Errorf("watching TaskRuns: %w", err)
	}
	defer watcher.Stop()
	began := time.Now()
	if _, err := client.Create(ctx, run, metav1.CreateOptions{}); err != nil {
		return 0, fmt.Errorf("creating a TaskRun: %w", err)
	}
	return until(watcher, began, func(e watch.Event) bool {
		tr, ok := e.Object.(*v1.TaskRun)
		return ok && tr.IsDone()
	})
}

func named(name string) metav1.ListOptions {
	return metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector("metadata.name", name).String()}
}

// until returns the time from began to the first event that is the end.
func until(watcher watch.Interface, began time.Time, end func(watch.Event) bool) (time.Duration, error) {
	limit := time.After(cluster.Patience)
	for {
		select {
		case e, open := <-watcher.ResultChan():
			if !open {
				return 0, fmt.Errorf("the watch was closed")
			}
			if end(e) {
				return time.Since(began), nil
			}
		case <-limit:
			return 0, fmt.Errorf("nothing ended within %s", cluster.Patience)
		}
	}
}
