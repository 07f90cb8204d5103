# Synthetic EM-like pictures with exact labels, made by the phantom stage: needs nothing else.
shards := 2
source := $(work)/source/phantom.json
source_files := $(source)
data:
	@echo "PIPELINE=phantom makes its own pictures: nothing to fetch."
