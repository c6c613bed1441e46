"""The licence island (VSL-1.0, see LICENSE.txt): the only code that imports volatility3. It is started as a process and
speaks JSON lines.
"""
