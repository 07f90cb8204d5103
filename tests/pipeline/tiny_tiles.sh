# Sourced by tests of training: makes the tiny pipeline's tiles in tiles/$shard.json, by the programs
# ${bin}STAGE and the configurations in $config.
shard=00000-of-00001
"${bin}phantom" --quiet --config "$config/phantom.json" --output source/phantom.json &&
  "${bin}ingest" --quiet --config "$config/ingest.json" --input source/phantom.json --output images/$shard.json &&
  "${bin}tile" --quiet --config "$config/tile.json" --input images/$shard.json --output tiles/$shard.json || exit 1
