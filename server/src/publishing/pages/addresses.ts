/** Where the pages of programmes are. Others link to them, so they stay. */

export const programmeAddress = (id: string): string => `/programmes/${encodeURIComponent(id)}`

/** A requirement as it reads now. */
export const requirementAddress = (programme: string, id: string): string =>
  `${programmeAddress(programme)}/requirements/${encodeURIComponent(id)}`

export const versionAddress = (programme: string, version: string): string =>
  `${programmeAddress(programme)}/versions/${encodeURIComponent(version)}`

/** A requirement as it reads under one version, for good. */
export const requirementUnder = (programme: string, version: string, id: string): string =>
  `${versionAddress(programme, version)}/requirements/${encodeURIComponent(id)}`
