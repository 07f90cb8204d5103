# Synthetic EM-like images with exact labels, made by the phantom stage: needs nothing else.
shards ?= 2
source ?= $(work)/source/phantom.json

# Not for a pipeline that is based on this one and has its own source.
ifeq ($(source),$(work)/source/phantom.json)
data:
	echo "The images are synthetic: nothing to fetch."
endif
