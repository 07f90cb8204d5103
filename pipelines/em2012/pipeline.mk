# The ISBI 2012 EM segmentation challenge, 30 + 30 slices of 512 x 512, as in the document.
# EM_2012=DIR names a copy (the folder with train/ and test/); `make data` fetches one.
EM_2012 ?= data/Datasets/EM_2012
shards ?= 4
source ?= $(EM_2012)

# Not for a pipeline that is based on this one and has its own source.
ifeq ($(source),$(EM_2012))
missing_source := Run `make data PIPELINE=$(PIPELINE)`, or give EM_2012=DIR

data:
ifeq ($(EM_2012),data/Datasets/EM_2012)
	test -d data/Datasets || { mkdir -p data && git clone --depth 1 https://github.com/borea17/Datasets data/Datasets; } || \
	  { echo "Cannot clone github.com/borea17/Datasets. Without a network, copy its folder EM_2012 here and give EM_2012=DIR."; exit 1; }
endif
	cd $(call quoted,$(EM_2012)) && sha256sum --quiet -c $(call quoted,$(abspath $(call pipeline,em2012)/SHA256SUMS))
	echo "The data are in $(EM_2012)."
endif
