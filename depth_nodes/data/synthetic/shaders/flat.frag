// Boxes and frusta: the rasteriser finds who is seen, the later passes the exact depth.
flat in int solid_row;
out float seen;

void main() {
    seen = float(solid_row);
}
