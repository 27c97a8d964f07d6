"""The methods that RAVS is compared with: TPAVI, AVSegFormer and CAVP."""
