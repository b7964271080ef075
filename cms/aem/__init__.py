"""Neighbours of Adobe Experience Manager: its Content Fragments become entries, our pages become its `model.json`.

Only JSON is read and made here; nothing is asked of an AEM instance.
"""
