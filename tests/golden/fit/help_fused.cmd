fit fused --help
