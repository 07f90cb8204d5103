# HeLa cells on glass, differential interference contrast, nine annotated frames of DIC-C2DH-HeLa of the
# Cell Tracking Challenge (Ulman et al. 2017), the third task of the U-Net paper. DIC_HeLa=DIR names
# the folder with image/tNNN.tif and instances/tNNN.tif.
DIC_HeLa ?= data/DIC_HeLa
shards := 3
source := $(DIC_HeLa)
source_files := $(wildcard $(DIC_HeLa)/image/*.tif $(DIC_HeLa)/instances/*.tif)

ifeq ($(source_files),)
ifeq ($(filter data watch,$(MAKECMDGOALS)),)
$(error No pictures in $(DIC_HeLa): run `make data PIPELINE=$(PIPELINE)`, or give DIC_HeLa=DIR)
endif
endif

data:
	@echo "The Cell Tracking Challenge gives its data to who registers, at celltrackingchallenge.net: take"
	@echo "DIC-C2DH-HeLa's training set, put its pictures into $(DIC_HeLa)/image and their segmentations"
	@echo "(SEG/man_seg*.tif) into $(DIC_HeLa)/instances under the same names, or give DIC_HeLa=DIR."
