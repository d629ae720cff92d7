.DEFAULT_GOAL := help
.PHONY: help tenon demo demo-cluster test unit e2e faults backends mutate sweep release release-check lint codegen licenses cluster-up cluster-down cluster-status load deploy undeploy clean

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r target text; do printf '  %-16s %s\n' "$$target" "$$text"; done

tenon: ## build the command line, bin/tenon
	@hack/tenon.sh

demo: ## run a pipeline on this machine, without a cluster
	@hack/demo.sh

demo-cluster: ## install Tenon on a cluster and show the pipeline at work there
	@hack/demo-cluster.sh

test: ## run every check and test
	@hack/test.sh

unit: ## run the unit tests, without a cluster
	@hack/test.sh unit

e2e: ## install Tenon and run the end-to-end tests
	@hack/test.sh e2e

faults: ## kill the controller after every single write of a run
	@TENON_FAULTS=all TENON_E2E_ARGS="-run TestFaults -timeout 3h" hack/test.sh e2e

backends: ## run all examples on every backend of tenon run
	@TENON_BACKENDS=all TENON_E2E_ARGS="-run TestExamplesOnEveryBackend -timeout 2h" hack/test.sh e2e

mutate: ## tell how many small changes to the code the tests notice
	@hack/mutate.sh

SWEEP ?= full
growth := docs/pictures/growth.json

sweep: ## measure how time and costs grow on a cluster, SWEEP=small or full, and draw it
	@code=0; go run ./test/load -sweep -sweep-size $(SWEEP) -o $(growth) || code=1; \
	go run ./hack/plots -in $(growth) -out docs/pictures && exit $$code

release: ## make a release, VERSION=v1.2.3; RELEASE_ARGS has options of hack/release.sh
	@hack/release.sh $(RELEASE_ARGS) $(VERSION)

release-check: ## make a release for all platforms twice, compare and verify
	@CGO_ENABLED=0 TENON_RELEASE_CHECK=full go test -trimpath -tags e2e -count=1 -v -timeout 3h ./test/release

lint: ## check the code with the linters
	@hack/test.sh lint

codegen: ## make generated code and definitions anew
	@hack/update-codegen.sh

licenses: ## collect the licences of dependencies in third_party
	@hack/update-licenses.sh

cluster-up: ## start the development cluster
	@hack/cluster/cluster up

cluster-down: ## stop the development cluster, keeping its objects and images
	@hack/cluster/cluster down

cluster-status: ## show what of the development cluster runs
	@hack/cluster/cluster status

load: ## put the images of tests and examples into the development cluster's registry
	@hack/cluster/cluster load-images

deploy: ## build Tenon and install it
	@hack/deploy.sh

undeploy: ## remove Tenon with all its objects from the cluster
	@hack/undeploy.sh

clean: ## remove the development cluster with its state, and the results of tests
	@hack/cluster/cluster down --purge
	@go clean -testcache
