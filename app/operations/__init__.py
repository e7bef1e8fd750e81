"""Operations: what those who run a server do with it: demo data, imports, exports."""
