# TS 29.222 clause 5.6.2: the four service operations of CAPIF_Security_API at the core function.
@sut:ccf @cap:ccf.apis.security
Feature: CAPIF_Security_API at the core function

  Background:
    Given a provider with two exposing functions
    And the exposing function offers "location" and "quality" with PKI and OAUTH
    And the second exposing function offers "mapping" with PKI
    And the invoker is onboarded for "location" and "quality"

  # 5.6.2.2 Obtain_Security_Method

  @req:29222-5.6.2.1-01
  Scenario: A security context is made on request and reachable at its location
    When the exposing function asks for the invoker without flags
    And the invoker negotiates OAUTH with the exposing function
    And the exposing function asks for the invoker without flags
    Then the security context exists since the invoker asked, at the location it was given

  @req:29222-5.6.2.2.2-04 @req:29222-8.5.2.3.3.3-01
  Scenario: The creation returns methods and location
    When the invoker negotiates OAUTH and PKI with both exposing functions
    Then the core function answers with the methods and the location of the context

  @req:29222-5.6.2.2.2-02 @req:29222-8.5.4.2.3-02
  Scenario Outline: The method lies in both lists (preferred: <preferred>)
    When the invoker negotiates <preferred> with <aef>
    Then the core function selects a method that both sides list, or none

    Examples:
      | preferred          | aef                           |
      | PSK                | the exposing function         |
      | PKI                | the exposing function         |
      | OAUTH              | the exposing function         |
      | PSK and PKI        | the exposing function         |
      | PSK and OAUTH      | the exposing function         |
      | OAUTH and PKI      | the exposing function         |
      | PSK, PKI and OAUTH | the exposing function         |
      | OAUTH              | the second exposing function  |
      | OAUTH and PKI      | the second exposing function  |

  @req:29222-5.6.2.2.2-02 @req:29222-8.5.4.2.3-02
  Scenario Outline: The method lies in both lists, interface by interface (preferred: <preferred>)
    When the invoker negotiates <preferred> for the interfaces of "location" and "mapping"
    Then the core function selects a method that both sides list, or none

    Examples:
      | preferred     |
      | OAUTH         |
      | OAUTH and PKI |

  @req:29222-5.6.2.2.2-03 @req:29222-8.5.3.2-01 @req:29222-8.5.4.2.5-01
  Scenario: The revocation is notified where the security context says
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    And the invoker has negotiated OAUTH with the exposing function
    When the exposing function revokes all authorization of the invoker
    And the exposing function revokes all authorization of the second invoker
    Then the invoker is notified where its security context says, and nowhere else
    And the notification is one of clause 8.5.3.2

  @req:29222-5.6.2.2.2-03
  Scenario: The revocation is notified where the update of the security context says
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    And the invoker has negotiated PKI with the exposing function
    When the invoker renegotiates OAUTH with the exposing function
    And the exposing function revokes all authorization of the invoker
    And the exposing function revokes all authorization of the second invoker
    Then the invoker is notified where its security context says, and nowhere else

  @req:29222-8.5.2.3.4-01
  Scenario: An update is answered with the methods
    Given the invoker has negotiated PKI with the exposing function
    When the invoker renegotiates OAUTH with the exposing function
    Then the core function answers the update with the methods

  @req:29222-8.5.2.3.4-01
  Scenario: What was updated is told to the exposing function
    Given the invoker has negotiated PKI with the exposing function
    When the invoker renegotiates OAUTH with the exposing function
    And the exposing function asks for the invoker without flags
    Then the exposing function is told what was updated

  @req:29222-8.5.2.3.4-01
  Scenario: One update follows the other
    Given the invoker has negotiated PKI with the exposing function
    When the invoker renegotiates OAUTH with the exposing function
    And the invoker renegotiates PKI with the exposing function
    And the exposing function asks for the invoker without flags
    Then the core function answers the update with the methods
    And the exposing function is told what was updated

  @negative @req:29222-8.5.2.3.4-01
  Scenario: There is nothing to update before there is a security context
    When the invoker renegotiates OAUTH with the exposing function before it has negotiated
    Then it is not found, because there is no security context to act on

  @negative @req:29222-7.7-04
  Scenario Outline: A creation that breaks the data model is refused (<deviation>)
    When the invoker negotiates OAUTH with the exposing function, but <deviation>
    Then it is refused, because it breaks the data model

    Examples:
      | deviation                                          |
      | "securityInfo" is left out                         |
      | "securityInfo" is empty                            |
      | "securityInfo" is the number 7                     |
      | "securityInfo[0].aefId" is left out                |
      | "securityInfo[0].prefSecurityMethods" is left out  |
      | "securityInfo[0].prefSecurityMethods" is empty     |
      | "notificationDestination" is left out              |
      | "notificationDestination" is the number 7          |

  @negative @req:29222-7.7-04
  Scenario: A creation with both aefId and interfaceDetails is refused
    When the invoker negotiates OAUTH for the interfaces of "location", but "securityInfo[0].aefId" names the exposing function
    Then it is refused, because it breaks the data model

  @negative @req:29222-7.7-04
  Scenario Outline: An update that breaks the data model is refused (<deviation>)
    Given the invoker has negotiated PKI with the exposing function
    When the invoker renegotiates OAUTH with the exposing function, but <deviation>
    Then it is refused, because it breaks the data model

    Examples:
      | deviation                             |
      | "securityInfo" is left out            |
      | "notificationDestination" is left out |

  # 5.6.2.4 Obtain_API_Invoker_Info

  @negative @req:29222-7.7-03
  Scenario: There is nothing to tell of an invoker that nobody knows
    Given the invoker has negotiated PKI with the exposing function
    When the exposing function asks for the invoker, but the path names nobody
    Then it is not found, because nobody has it

  @req:29222-5.6.2.4.2-02
  Scenario: An exposing function is told of its own interfaces only
    Given the invoker has negotiated PKI with both exposing functions
    When the exposing function asks for the invoker without flags
    And the second exposing function asks for the invoker without flags
    Then each exposing function is told of its own interfaces only

  @req:29222-5.6.2.4.2-02
  Scenario: An exposing function outside the security context is told nothing
    Given the invoker has negotiated PKI with the exposing function
    When the exposing function asks for the invoker without flags
    And the second exposing function asks for the invoker without flags
    Then each exposing function is told of its own interfaces only

  @req:29222-5.6.2.4.2-02
  Scenario: An exposing function is told of all its interfaces
    Given the invoker has negotiated PKI for the interfaces of "location", "quality" and "mapping"
    When the exposing function asks for the invoker without flags
    And the second exposing function asks for the invoker without flags
    Then each exposing function is told of its own interfaces only

  @req:29222-8.5.2.3.3.1-01
  Scenario: Absent flags are taken for false
    Given the invoker has negotiated OAUTH with the exposing function
    When the exposing function asks for the invoker without flags
    Then the core function takes absent flags for false

  @req:29222-8.5.2.3.3.1-01
  Scenario: Flags that are false are no wish
    Given the invoker has negotiated OAUTH with the exposing function
    When the exposing function asks for the invoker with both flags false
    Then the core function takes absent flags for false

  @req:29222-5.6.2.4.2-03
  Scenario Outline: Information is told as asked (<flags>)
    Given the invoker has negotiated OAUTH with the exposing function
    When the exposing function asks for the invoker <flags>
    Then the core function tells what was asked for and no more

    Examples:
      | flags                   |
      | without flags           |
      | with authenticationInfo |
      | with authorizationInfo  |
      | with both flags         |

  # 5.6.2.5 Revoke_Authorization

  @req:29222-5.6.2.5.2-01 @req:29222-8.5.2.3.3.2-01
  Scenario: DELETE removes the security context and the invoker is notified
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    And the invoker has negotiated OAUTH with the exposing function
    When the exposing function asks for the invoker without flags
    And the exposing function revokes all authorization of the invoker
    And the exposing function asks for the invoker without flags
    And the exposing function asks for the second invoker without flags
    And the exposing function revokes all authorization of the second invoker
    Then the security context is gone and the invoker is notified

  @req:29222-5.6.2.5.2-01 @req:29222-8.5.2.3.3.2-01
  Scenario: What one exposing function deleted is told to no other one
    Given the invoker has negotiated PKI with both exposing functions
    When the exposing function asks for the invoker without flags
    And the second exposing function asks for the invoker without flags
    And the exposing function revokes all authorization of the invoker
    And the exposing function asks for the invoker without flags
    And the second exposing function asks for the invoker without flags
    Then the security context is gone and the invoker is notified

  @req:29222-5.6.2.5.2-02
  Scenario: No token is granted once all authorization is revoked
    Given the invoker has negotiated OAUTH with the exposing function
    When the invoker requests a token for "location"
    And the exposing function revokes all authorization of the invoker
    And the invoker requests a token for "location"
    And the invoker requests a token
    Then no token is granted any more

  @req:29222-5.6.2.5.2-02
  Scenario: No token is granted for what another exposing function offers either
    Given the second exposing function offers "presence" with OAUTH
    And the second invoker is onboarded for "location" and "presence"
    And the second invoker has negotiated OAUTH with both exposing functions
    When the second invoker requests a token for "presence"
    And the exposing function revokes all authorization of the second invoker
    And the second invoker requests a token for "presence"
    And the second invoker requests a token
    Then no token is granted any more

  @req:29222-5.6.2.5.2-03
  Scenario: Only the named service APIs are revoked
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    And the invoker has negotiated OAUTH with the exposing function
    And the invoker has requested a token for "location"
    And the invoker has requested a token for "quality"
    When the exposing function revokes the authorization of the invoker for "location"
    And the invoker requests a token for "location"
    And the invoker requests a token for "quality"
    And the invoker requests a token for "location" and "quality"
    And the invoker requests a token
    And the second invoker requests a token for "location"
    Then exactly the named service APIs are revoked

  @req:29222-5.6.2.5.2-04
  Scenario: Both variants of a revocation are acknowledged
    Given the invoker has negotiated OAUTH with the exposing function
    When the exposing function revokes the authorization of the invoker for "location"
    And the exposing function revokes all authorization of the invoker
    And the exposing function revokes all authorization of an invoker that nobody knows
    Then each revocation is acknowledged, and that of an unknown invoker is not

  @negative @req:29222-8.5.2.3.4-01
  Scenario: There is nothing to revoke for an invoker that nobody knows
    Given the invoker has negotiated OAUTH with the exposing function
    When the exposing function revokes all authorization of the invoker, but the path names nobody
    Then it is not found, because there is no security context to act on

  @negative @req:29222-8.5.2.3.4-01
  Scenario: There is nothing to revoke in part for an invoker that nobody knows
    Given the invoker has negotiated OAUTH with the exposing function
    When the exposing function revokes the authorization of the invoker for "location", but the path names nobody
    Then it is not found, because there is no security context to act on

  @negative @req:29222-7.7-04
  Scenario Outline: A revocation that breaks the data model is refused (<deviation>)
    Given the invoker has negotiated OAUTH with the exposing function
    When the exposing function revokes the authorization of the invoker for "location", but <deviation>
    Then it is refused, because it breaks the data model

    Examples:
      | deviation                  |
      | "apiInvokerId" is left out |
      | "apiIds" is left out       |
      | "apiIds" is empty          |
      | "cause" is left out        |

  # 5.6.2.1: who initiates what

  @negative @req:29222-5.6.2.1-05
  Scenario Outline: Only the invoker creates its security context (<initiator>)
    Given the second invoker is onboarded for "location"
    When the invoker negotiates OAUTH with the exposing function, but it presents the certificate of <initiator>
    Then it is refused, because only that invoker may initiate it

    Examples:
      | initiator               |
      | the second invoker      |
      | the exposing function   |
      | the publishing function |
      | the management function |

  @negative @req:29222-5.6.2.1-05
  Scenario Outline: Only the invoker updates its security context (<initiator>)
    Given the second invoker is onboarded for "location"
    And the invoker has negotiated PKI with the exposing function
    When the invoker renegotiates OAUTH with the exposing function, but it presents the certificate of <initiator>
    Then it is refused, because only that invoker may initiate it

    Examples:
      | initiator               |
      | the second invoker      |
      | the exposing function   |
      | the publishing function |
      | the management function |

  @negative @req:29222-5.6.2.1-05
  Scenario Outline: Only the invoker obtains its token (<initiator>)
    Given the second invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function
    When the invoker requests a token, but it presents the certificate of <initiator>
    Then it is refused, because only that invoker may initiate it

    Examples:
      | initiator               |
      | the second invoker      |
      | the exposing function   |
      | the publishing function |
      | the management function |

  @negative @req:29222-5.6.2.1-06
  Scenario Outline: Only an exposing function asks for security information (<initiator>)
    Given the second invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function
    When the exposing function asks for the invoker, but it presents the certificate of <initiator>
    Then it is refused, because only an exposing function may initiate it

    Examples:
      | initiator               |
      | the invoker             |
      | the second invoker      |
      | the publishing function |
      | the management function |

  @negative @req:29222-5.6.2.1-06
  Scenario Outline: Only an exposing function revokes all authorization (<initiator>)
    Given the second invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function
    When the exposing function revokes all authorization of the invoker, but it presents the certificate of <initiator>
    Then it is refused, because only an exposing function may initiate it

    Examples:
      | initiator               |
      | the invoker             |
      | the second invoker      |
      | the publishing function |
      | the management function |

  @negative @req:29222-5.6.2.1-06
  Scenario Outline: Only an exposing function revokes some authorization (<initiator>)
    Given the second invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function
    When the exposing function revokes the authorization of the invoker for "location", but it presents the certificate of <initiator>
    Then it is refused, because only an exposing function may initiate it

    Examples:
      | initiator               |
      | the invoker             |
      | the second invoker      |
      | the publishing function |
      | the management function |

  # 5.6.2.3 Obtain_Authorization

  @req:29222-5.6.2.3.2-05
  Scenario: A token request is answered with token, type and expiry
    Given the invoker has negotiated OAUTH with the exposing function
    When the invoker requests a token for "location" and "quality"
    Then the answer is a complete access token response

  @req:29222-5.6.2.3.2-06 @req:33122-C.1-04
  Scenario: The token is a JWT signed with JWS
    Given the invoker has negotiated OAUTH with the exposing function
    When the invoker requests a token for "location"
    Then the token is signed by the core function

  @req:33122-C.2.2-04
  Scenario: The token is for no other service than the one that was asked for
    Given the second exposing function offers "presence" with OAUTH
    And the second invoker is onboarded for "location", "quality" and "presence"
    And the second invoker has negotiated OAUTH with the exposing function
    When the second invoker requests a token for "location"
    Then the token claims the services per exposing function

  @negative @req:29222-5.6.2.3.2-07
  Scenario Outline: A failing token request is answered with the error (<deviation>)
    Given the invoker has negotiated OAUTH with the exposing function
    When the invoker requests a token, but <deviation>
    Then no token is granted, and the error is described: <errors>

    Examples:
      | deviation                   | errors                                                                               |
      | "grant_type" is "something" | unsupported_grant_type or invalid_request or invalid_grant or unauthorized_client    |
      | "client_id" names nobody    | invalid_client or invalid_request or unauthorized_client or invalid_grant            |
      | "client_id" is left out     | invalid_request or invalid_client                                                    |
      | "grant_type" is left out    | invalid_request or unsupported_grant_type                                            |
