"""Visual encoders: four stages, at strides 4, 8, 16 and 32."""
