include pipelines/em2012/pipeline.mk
