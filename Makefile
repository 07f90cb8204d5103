# What people type. The data DAG itself is in Makefile.data.
#
#   make                        build the programs
#   make test                   build and run all tests
#   make pipeline               from images to report; PIPELINE=phantom is the default
#   make new PIPELINE=mine IMAGES=DIR LABELS=DIR    write a pipeline that fits your images, labels and machine;
#                               MASKS=DIR: what belongs to the images; MINUTES=10: what training may take; KIND=instances: of labels;
#                               PAIRS=LIST in place of images and labels, where their names do not say which belong together
#   make reproduce              make a pipeline and say, stage by stage, whether the bytes are the published ones
#   make why                    what `make pipeline` would make again, and what changed; makes nothing
#   make crossvalidate          train and predict each of FOLDS=5 folds, and evaluate them together
#   make seeds                  train and evaluate with SEEDS=3 seeds; means and ranges
#   make compare-pipelines A=em2012-quick B=em2012-best    whether B is better than A, over SEEDS=3 seeds of each
#   make submission             the test images' probabilities as one TIFF, as ISBI 2012 takes it
#   make data PIPELINE=em2012   fetch a pipeline's public data
#   make watch                  draw the loss of a training as it grows
#   make tensorboard            the logs of a pipeline's trainings as TensorBoard's event files
#   make faults                 run every stage under injected faults, and on damaged inputs: about an hour
#   make fuzz SECONDS=3600      fuzz each reader of outside data for that long; needs clang-16, libfuzzer-16-dev
#   make test-cuda-build        build train and predict against a LibTorch for CUDA and test them, without a GPU; TORCH=2.14.1
#   make test-large             a 40,000 x 40,000 image through every stage in 2 GiB: hours, 100 GB of disk
#   make test-many              100,000 small images in 64 shards: rates, memory, files opened; an hour
#   make test-slurm             what happens on a cluster, on one of two nodes that it starts; root, slurm-wlm, munge
#   make test-page              look at a pipeline's report in headless Chromium: desktop, phone, dark, paper; needs Debian's chromium
#   make bench                  benchmarks; PEERS=1 EM_2012=DIR also runs other packages, to compare with
#   make quality EM_2012=DIR    other packages' recipes on em2012-best's images and processor time, measured: hours; MINUTES=53
#   make deps                   install what all this needs (the other targets call it)
#   make install PREFIX=DIR     install programs, pipelines, man pages and LibTorch, for one user or all
#   make package                the same as a Debian package and as a .tar.gz, in build/
#   make help                   this list
#
# TORCH_DIR=DIR uses an existing LibTorch (the folder with include/ and lib/); JOBS=N limits how many
# compilers run at once.

PIPELINE ?= phantom
JOBS ?= $(shell nproc)
TORCH_DIR ?=

packages := g++ cmake make ninja-build ccache git python3-venv libtbb-dev libhdf5-dev libtiff-dev \
  libpng-dev libjpeg-dev libpugixml-dev libblosc-dev libzstd-dev zlib1g-dev libgif-dev libopenjp2-7-dev libzip-dev libutf8proc-dev nlohmann-json3-dev libgtest-dev libgmock-dev libcli11-dev libfmt-dev libvalijson-dev \
  libhwy-dev libssl-dev libbenchmark-dev libdeflate-dev gnuplot-nox strace help2man

.PHONY: all help deps build programs install package test test-large test-many test-page test-slurm new pipeline reproduce publish why crossvalidate seeds compare-pipelines submission data watch tensorboard bench quality faults \
  test-cuda-build fuzz format check-format clean FORCE
all: build

help:
	@sed -n '3,/^$$/s/^#  \{0,2\}//p' Makefile

# A stamp file, so that the package database is asked only once.
# Without Debian's database it says what is needed and goes on: CMake names what it does not find.
deps: .deps.stamp
.deps.stamp: Makefile tests/interop/requirements.txt
	@command -v dpkg-query > /dev/null || { \
	  echo "This is not Debian or Ubuntu; docs/install.md has the names of what is needed elsewhere."; exit 0; }; \
	missing=; for p in $(packages); do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q $$missing; \
	  else echo "Please install what is missing, then run make again:"; echo "  sudo apt-get install -y$$missing"; exit 1; fi; \
	fi
ifeq ($(TORCH_DIR),)
	test -x .venv/bin/python || python3 -m venv .venv
	.venv/bin/python -m pip install --disable-pip-version-check -q -r tests/interop/requirements.txt
endif
	@touch $@

# A tree that was copied or moved contains the build of its old place, which CMake and ninja cannot use.
elsewhere := $(shell home=$$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' build/CMakeCache.txt 2>&1); \
  [ ! -e build/CMakeCache.txt ] || [ "$$home" -ef . ] || echo FORCE)
build/build.ninja: .deps.stamp CMakeLists.txt $(elsewhere)
	$(if $(elsewhere),rm -rf build)
	cmake --preset release $(if $(TORCH_DIR),-DTORCH_DIR=$(abspath $(TORCH_DIR))) > build.log 2>&1 || { cat build.log; rm -f build.log; exit 1; }
	@mkdir -p build && mv build.log build/configure.log && touch $@
	@sed -n 's/^-- \(unetflow uses\)/\1/p' build/configure.log

# Prints nothing when there is nothing to do, so that a second `make pipeline` is quiet. `programs`
# leaves out tests and benchmarks.
build: target := all
programs: target := programs
build programs: build/build.ninja
	@ninja -C build -n $(target) | grep -q 'no work to do' || ninja -C build -j $(JOBS) $(target)

test: build
	ctest --preset release -j $(JOBS)

PREFIX ?= /usr/local
install: build/build.ninja
	ninja -C build -j $(JOBS) programs man
	cmake --install build --prefix $(PREFIX) > build/install.log
	@echo "unetflow is in $(PREFIX)/bin"

package: build/build.ninja
	ninja -C build -j $(JOBS) programs man
	cd build && cpack

test-large: programs
	.venv/bin/python tests/large/large.py build/bin $(or $(SIZE),40000) 2 2048 --folder .

test-many: programs
	python3 tests/large/many.py build/bin $(if $(IMAGES),--images $(IMAGES)) --folder .

test-page: .venv-page/stamp
	.venv-page/bin/python tests/page/look.py work/$(PIPELINE)/report/report.html build/page

.venv-page/stamp:
	python3 -m venv .venv-page
	.venv-page/bin/python -m pip install --disable-pip-version-check -q playwright
	@touch $@

test-slurm: programs
	tests/slurm/slurm.sh . build/bin all

quoted = '$(subst ','\'',$(1))'
given = $(if $($(1)),--$(2) $(call quoted,$($(1))))
new: programs
	$(if $(filter command% environment,$(origin PIPELINE)),,$(error make new needs PIPELINE=NAME))
	$(if $(filter 1,$(words $(PIPELINE))),,$(error PIPELINE is '$(PIPELINE)', expected a name without blanks))
	@build/bin/unetflow-new --folder $(call quoted,pipelines/$(PIPELINE)) $(call given,IMAGES,images) $(call given,LABELS,labels) \
	  $(call given,MASKS,mask) $(call given,PAIRS,pairs) $(call given,KIND,kind) $(call given,MINUTES,minutes)

data_dag = @$(MAKE) --no-print-directory -f Makefile.data PIPELINE=$(PIPELINE)
pipeline: programs
	$(data_dag)

reproduce publish: programs
	$(data_dag) $@

why: programs
	$(data_dag) why

crossvalidate: programs
	$(data_dag) $(if $(FOLDS),folds=$(FOLDS)) crossvalidate

seeds: programs
	$(data_dag) $(if $(SEEDS),seeds=$(SEEDS)) seeds

compare-pipelines: programs
	$(data_dag) A=$(A) B=$(B) $(if $(SEEDS),seeds=$(SEEDS)) compare-pipelines

submission: programs
	$(data_dag) submission

data: .deps.stamp
	$(data_dag) data

watch tensorboard: .deps.stamp
	$(data_dag) $@

bench: build $(if $(PEERS),.venv-bench/stamp)
	@for b in build/bin/bench_*; do $$b || exit 1; done
ifneq ($(PEERS),)
	OMP_NUM_THREADS=1 .venv-bench/bin/python tests/bench/ratios.py build/bin/bench_sample \
	  .venv-bench/bin/python tests/bench/peers.py $(or $(EM_2012),data/Datasets/EM_2012)/train/label/0.png $(DOCUMENT)
endif

# Recipes may also be run one by one, side by side on as many cores (tests/bench/quality/README.md).
quality: programs .venv-quality/stamp
	for recipe in monai_unet nnunet milesial torch_em_unet; do \
	  .venv-quality/bin/python tests/bench/quality/quality.py run $$recipe work/quality \
	    --data $(or $(EM_2012),data/Datasets/EM_2012) --processor-minutes $(or $(MINUTES),53) || exit 1; \
	done
	@.venv-quality/bin/python tests/bench/quality/quality.py table work/quality

# Exit code 77 means that it could not be tried here.
test-cuda-build: .deps.stamp
	tests/gpu/build.sh $(TORCH) || [ $$? = 77 ]

# What it finds is on standard error; docs/reliability.md is made from the results (tests/faults/table.py).
# ROWS=kill,flips runs some rows only, and keeps the results of the others.
python := $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)
recorded := $(if $(ROWS),--rows $(ROWS)) --results tests/faults/results.jsonl
faults: build
	$(python) tests/faults/run.py build/bin build/lib/libfault_shim.so $(recorded); \
	  status=$$?; $(python) tests/faults/damaged.py build/bin $(recorded) && exit $$status

SECONDS ?= 3600
fuzz: .deps.stamp
	cmake --preset asan-ubsan
	cmake --build --preset fuzz -j $(JOBS)
	python3 tests/fuzz/run.py build-asan-ubsan/bin $(SECONDS) $(if $(TARGETS),--targets $(TARGETS)) --jobs $(JOBS) --results tests/fuzz/results.jsonl

# Not in .venv, because the other packages would change its versions.
.venv-bench/stamp: tests/bench/requirements.txt
.venv-quality/stamp: tests/bench/quality/requirements.txt
.venv-bench/stamp .venv-quality/stamp:
	test -x $(@D)/bin/python || python3 -m venv $(@D)
	$(@D)/bin/python -m pip install --disable-pip-version-check -q -r $<
	@touch $@

format:
	git ls-files '*.cpp' '*.hpp' | xargs clang-format -i
check-format:
	git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run -Werror

clean:
	rm -rf build .deps.stamp
