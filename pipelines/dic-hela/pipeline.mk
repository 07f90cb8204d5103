# HeLa cells on glass, differential interference contrast, nine annotated frames of DIC-C2DH-HeLa of the
# Cell Tracking Challenge (Ulman et al. 2017), the third task of the U-Net paper. DIC_HeLa=DIR names
# the folder with image/tNNN.tif and instances/tNNN.tif.
DIC_HeLa ?= data/DIC_HeLa
shards ?= 3
source ?= $(DIC_HeLa)

# Not for a pipeline that is based on this one and has its own source.
ifeq ($(source),$(DIC_HeLa))
missing_source := Run `make data PIPELINE=$(PIPELINE)` to be told how to get the data, or give DIC_HeLa=DIR

data:
	echo "The Cell Tracking Challenge's data are available after registration, at celltrackingchallenge.net: take"
	echo "DIC-C2DH-HeLa's training set, put its images into $(DIC_HeLa)/image and their segmentations"
	echo "(SEG/man_seg*.tif) into $(DIC_HeLa)/instances under the same names, or give DIC_HeLa=DIR."
endif
